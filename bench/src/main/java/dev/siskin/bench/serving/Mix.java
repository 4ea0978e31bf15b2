package dev.siskin.bench.serving;

import dev.siskin.bench.load.Connection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Requests of every kind, in turns: answers whole and streamed, from the cache and not, chats, health, and each error
 * that a client can cause.
 */
final class Mix {
    static final String KEY = "sk-siskin-bench-all";
    static final String WRITE_ONLY = "sk-siskin-bench-write";
    static final String ONE_A_MINUTE = "sk-siskin-bench-one";

    /** A client that leaves without reading has no status. */
    static final int LEAVES = -1;

    private static final int REPEATED = 50;
    private static final int TOO_LARGE_BYTES = 300_000;
    private static final String JSON = "Content-Type: application/json";

    private final URI server;
    private final List<Kind> turns = new ArrayList<>();

    /**
     * A kind of request.
     *
     * @param status that it is answered with; {@link #LEAVES} = the client does not wait
     * @param request by its number, as it goes over the wire
     */
    record Kind(String name, int status, LongFunction<byte[]> request) {}

    Mix(URI server) {
        this.server = server;
        answers();
        chats();
        others();
        errors();
    }

    /** Of the request of this number. */
    Kind kind(long number) {
        return turns.get((int) (number % turns.size()));
    }

    private void answers() {
        add(5, "answer", 200, number -> answer(number, Map.of()));
        add(3, "extractive answer", 200, number -> answer(number, Map.of("route", "extractive")));
        add(6, "repeated answer", 200, number -> answer(number % REPEATED, Map.of()));
        add(3, "stream", 200, number -> answer(number, Map.of("stream", true)));
        add(1, "stream that is left", LEAVES, number -> answer(number, Map.of("stream", true)));
        add(1, "long history", 200, number -> answer(number, Map.of("history", history())));
    }

    private void chats() {
        add(3, "chat", 200, number -> chat(number, Map.of()));
        add(2, "streamed chat", 200, number -> chat(number, Map.of("stream", true)));
        add(1, "models", 200, _ -> get("/v1/models"));
        add(1, "chat with tools", 400, number -> chat(number, Map.of("tools", List.of(Map.of("type", "function")))));
        add(1, "chat with another model", 404, number -> chat(number, Map.of("model", "siskin/" + StandIns.MISSING)));
    }

    private void others() {
        add(1, "livez", 200, _ -> get("/livez"));
        add(1, "readyz", 200, _ -> get("/readyz"));
        add(1, "metrics", 200, _ -> get("/metrics"));
        add(1, "memory", 200, _ -> get("/v1/memory"));
        add(1, "openapi.json", 200, _ -> get("/openapi.json"));
        add(1, "console", 200, _ -> get("/"));
    }

    private void errors() {
        add(1, "malformed", 400, _ -> post(authorized(KEY), "{\"question\":".getBytes(StandardCharsets.UTF_8)));
        add(1, "unknown field", 400, number -> answer(number, Map.of("tone", "rude")));
        add(1, "no key", 401, _ -> post(JSON, new byte[0]));
        add(1, "unknown key", 401, _ -> post(authorized("sk-siskin-nobody"), new byte[0]));
        add(1, "wrong scope", 403, _ -> post(authorized(WRITE_ONLY), new byte[0]));
        add(1, "no such collection", 404, number -> answer(number, Map.of("collection", StandIns.MISSING)));
        add(1, "no such route", 404, _ -> get("/v1/nothing"));
        add(1, "wrong method", 405, _ -> get("/v1/answers"));
        add(1, "too large", 413, _ -> post(authorized(KEY), new byte[TOO_LARGE_BYTES]));
        add(1, "wrong content type", 415, _ -> post("Content-Type: text/plain" + key(KEY), new byte[0]));
        add(1, "tier not offered", 422, number -> answer(number, Map.of("route", "large", "allow_degraded", false)));
        add(1, "over the rate", 429, _ -> post(authorized(ONE_A_MINUTE), new byte[0]));
        add(1, "index damaged", 503, number -> answer(number, Map.of("collection", StandIns.BROKEN)));
        add(1, "too late", 504, number -> answer(number, Map.of("collection", StandIns.SLOW, "deadline_ms", 30)));
    }

    private void add(int times, String name, int status, LongFunction<byte[]> request) {
        for (int turn = 0; turn < times; turn++) {
            turns.add(new Kind(name, status, request));
        }
    }

    private byte[] answer(long number, Map<String, Object> more) {
        Map<String, Object> request =
                new HashMap<>(Map.of("question", Questions.text(number), "collection", Notes.COLLECTION));
        request.putAll(more);
        return post(authorized(KEY), Notes.json(request));
    }

    private byte[] chat(long number, Map<String, Object> more) {
        Map<String, Object> request = new HashMap<>(Map.of(
                "model",
                "siskin/" + Notes.COLLECTION,
                "messages",
                List.of(Map.of("role", "user", "content", Questions.text(number)))));
        request.putAll(more);
        return Connection.requestWith(server, "POST", "/v1/chat/completions", authorized(KEY), Notes.json(request));
    }

    private static List<Map<String, String>> history() {
        List<Map<String, String>> turns = new ArrayList<>();
        for (int turn = 0; turn < 20; turn++) {
            turns.add(Map.of("role", "user", "content", Questions.text(turn)));
            turns.add(Map.of("role", "assistant", "content", Notes.ANSWER));
        }
        return turns;
    }

    private byte[] post(String fields, byte[] body) {
        return Connection.requestWith(server, "POST", "/v1/answers", fields, body);
    }

    private byte[] get(String path) {
        return Connection.requestWith(server, "GET", path, authorized(KEY), new byte[0]);
    }

    private static String authorized(String key) {
        return JSON + key(key);
    }

    private static String key(String key) {
        return "\r\nAuthorization: Bearer " + key;
    }
}
