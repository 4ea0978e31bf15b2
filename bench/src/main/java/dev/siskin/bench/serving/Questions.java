package dev.siskin.bench.serving;

import dev.siskin.bench.load.Connection;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** Questions as they go over the wire. */
final class Questions {
    private final URI server;

    Questions(URI server) {
        this.server = server;
    }

    /** No two numbers ask the same. */
    static String text(long number) {
        return "What does the harbour crane lift on day " + number + ", and up to which wind?";
    }

    /** {@code POST /v1/answers} of {@link Notes}, with more fields. */
    byte[] answer(long number, Map<String, Object> more) {
        Map<String, Object> request = new HashMap<>(Map.of("question", text(number), "collection", Notes.COLLECTION));
        request.putAll(more);
        return Connection.request(server, "POST", "/v1/answers", "application/json", Notes.json(request));
    }
}
