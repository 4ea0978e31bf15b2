package dev.siskin.inference.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import dev.siskin.http.JsonBody;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A response of server-sent events. Begins with the first one, or a comment, so that what fails before is an ordinary
 * problem; what the request's body took of its budget is given back then, for a stream lasts. Not thread-safe.
 *
 * <p>Source: the HTML standard, Server-sent events.
 */
public final class EventStream {
    private static final byte[] COMMENT = ": waiting\n\n".getBytes(StandardCharsets.UTF_8);

    private final Context context;
    private boolean begun;

    public EventStream(Context context) {
        this.context = context;
    }

    /** Whether anything was sent. */
    public boolean hasBegun() {
        return begun;
    }

    /**
     * Sends an event, now.
     *
     * @param name empty = none
     * @param data as JSON, or as it is where it is a string
     * @throws IOException where the client is gone
     */
    public void send(String name, Object data) throws IOException {
        var event = new ByteArrayOutputStream();
        if (!name.isEmpty()) {
            event.writeBytes(("event: " + name + "\n").getBytes(StandardCharsets.UTF_8));
        }
        event.writeBytes("data: ".getBytes(StandardCharsets.UTF_8));
        event.writeBytes(data instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : json(data));
        event.writeBytes("\n\n".getBytes(StandardCharsets.UTF_8));
        write(event.toByteArray());
    }

    /** Sends a comment, which keeps the connection open and shows whether the client is still there. */
    public void sendNothing() throws IOException {
        write(COMMENT);
    }

    private void write(byte[] bytes) throws IOException {
        if (!begun) {
            begun = true;
            JsonBody.giveBack(context);
            context.contentType("text/event-stream; charset=utf-8");
            context.header("X-Accel-Buffering", "no");
        }
        // the servlet's own: Javalin's holds back what is flushed
        context.res().getOutputStream().write(bytes);
        context.res().flushBuffer();
    }

    static byte[] json(Object data) {
        try {
            return Json.MAPPER.writeValueAsBytes(data);
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("an answer cannot be written as JSON", bug);
        }
    }
}
