package dev.siskin.bench.serving;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * What inference-service asks, of known cost: a retrieval-service that finds {@link Notes} at once, and an endpoint that
 * speaks OpenAI's chat completions, takes a fixed time and writes one sentence. The service under measurement is told
 * their addresses; it may be started before them.
 */
final class StandIns {
    /** A search of this collection takes {@value #SLOW_MS} ms. */
    static final String SLOW = "slow";

    /** There is no such collection. */
    static final String MISSING = "missing";

    /** The index of this one is damaged. */
    static final String BROKEN = "broken";

    private static final int SLOW_MS = 300;

    @Option(
            names = "--retrieval-port",
            defaultValue = "17451",
            description = "where the stand-in of retrieval-service listens (default: ${DEFAULT-VALUE})")
    private int retrievalPort = 17451;

    @Option(
            names = "--model-port",
            defaultValue = "17452",
            description = "where the stand-in of an OpenAI-compatible endpoint listens (default: ${DEFAULT-VALUE})")
    private int modelPort = 17452;

    @Option(
            names = "--model-ms",
            defaultValue = "100",
            description = "milliseconds it takes for an answer (default: ${DEFAULT-VALUE})")
    private int modelMs = 100;

    int modelMs() {
        return modelMs;
    }

    /** Both, listening. */
    record Running(StandInServer retrieval, StandInServer model) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (retrieval;
                    model) {
                // closed in turn
            }
        }
    }

    Running start() throws IOException {
        return new Running(retrieval(retrievalPort), model(modelPort));
    }

    /** A retrieval-service. */
    static StandInServer retrieval(int port) throws IOException {
        byte[] found = ok("application/json", Notes.found());
        byte[] generations = ok("application/json", Notes.generations());
        byte[] ready = ok("application/json", Notes.json(Map.of("status", "ready")));
        byte[] missing = problem("404 Not Found", 404, "there is no such collection");
        byte[] broken = problem("503 Service Unavailable", 503, "a file of the index is damaged");
        return new StandInServer(port, path -> switch (path) {
            case "/v1/generations" -> generations;
            case "/readyz" -> ready;
            case "/v1/collections/" + MISSING + "/search" -> missing;
            case "/v1/collections/" + BROKEN + "/search" -> broken;
            case "/v1/collections/" + SLOW + "/search" -> {
                Thread.sleep(SLOW_MS);
                yield found;
            }
            default -> path.endsWith("/search") ? found : missing;
        });
    }

    private StandInServer model(int port) throws IOException {
        byte[] answer = ok("text/event-stream", completion());
        return new StandInServer(port, _ -> {
            Thread.sleep(modelMs);
            return answer;
        });
    }

    /** A streamed completion, whole. */
    private static byte[] completion() {
        Map<String, Object> text =
                Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", Notes.ANSWER + " [1]"))));
        Map<String, Object> end =
                Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")));
        Map<String, Object> usage =
                Map.of("choices", List.of(), "usage", Map.of("prompt_tokens", 700, "completion_tokens", 24));
        return (event(text) + event(end) + event(usage) + "data: [DONE]\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String event(Map<String, Object> chunk) {
        return "data: " + new String(Notes.json(chunk), StandardCharsets.UTF_8) + "\n\n";
    }

    private static byte[] ok(String contentType, byte[] body) {
        return StandInServer.response("200 OK", contentType, body);
    }

    private static byte[] problem(String line, int status, String detail) {
        Map<String, Object> problem =
                Map.of("type", "about:blank", "title", line.substring(4), "status", status, "detail", detail);
        return StandInServer.response(line, "application/problem+json", Notes.json(problem));
    }
}
