package dev.siskin.http;

import dev.siskin.auth.Caller;
import io.javalin.http.Context;

/** Answers a request; runs on a virtual thread and may block. */
@FunctionalInterface
public interface RouteHandler {
    /**
     * @param caller who asks, scope already checked
     * @throws ProblemException to end with a problem; any other exception becomes a 500
     */
    void handle(Context context, Caller caller) throws Exception;
}
