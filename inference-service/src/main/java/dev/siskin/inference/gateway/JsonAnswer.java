package dev.siskin.inference.gateway;

import io.javalin.http.Context;
import java.io.IOException;

/** A response of JSON that is written at once, so that its writer knows when a slow client has taken it. */
public final class JsonAnswer {
    private JsonAnswer() {}

    /**
     * Sends a value; returns when the connection has taken all of it.
     *
     * @throws IOException where the client is gone
     */
    public static void send(Context context, Object value) throws IOException {
        byte[] json = EventStream.json(value);
        context.contentType("application/json");
        context.res().setContentLength(json.length);
        // the servlet's own: what Javalin is given it writes after the route has returned
        context.res().getOutputStream().write(json);
        context.res().flushBuffer();
    }
}
