package dev.siskin.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import io.javalin.http.Context;

/** Turns a problem into the response. */
final class ProblemWriter {
    static final String MEDIA_TYPE = "application/problem+json";

    private ProblemWriter() {}

    static void write(Context context, ProblemException problem) {
        problem.retryAfterSeconds().ifPresent(seconds -> context.header("Retry-After", Long.toString(seconds)));
        if (problem.status() == 401) {
            context.header("WWW-Authenticate", "Bearer");
        }
        try {
            context.status(problem.status())
                    .contentType(MEDIA_TYPE)
                    .result(Json.MAPPER.writeValueAsBytes(problem.toProblem(HttpHostContext.requestId(context))));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a problem is always writable", impossible);
        }
    }
}
