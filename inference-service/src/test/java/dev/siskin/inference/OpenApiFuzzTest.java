package dev.siskin.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.siskin.api.Json;
import dev.siskin.inference.FuzzedRequests.Fuzzed;
import dev.siskin.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests made of the document that the service hands out: each is answered with a status that the document has for
 * its operation, errors in their shape. {@code -Dsiskin.fuzz.requests=10000} sends more of them,
 * {@code -Dsiskin.fuzz.seed=…} others.
 */
final class OpenApiFuzzTest {
    private static final int REQUESTS = Integer.getInteger("siskin.fuzz.requests", 2_000);
    private static final long SEED = Long.getLong("siskin.fuzz.seed", 1);

    private static final int FAULTS_SHOWN = 20;

    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String ASK = "{\"question\":\"How is the queue bounded?\",\"collection\":\"docs\"}";
    private static final Pattern INNARDS =
            Pattern.compile("Exception|\\bat dev\\.|java\\.lang|dev\\.siskin|com\\.fasterxml");

    private final RetrievalStandIn retrieval = new RetrievalStandIn("");
    private InferenceService inference;

    private record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    @BeforeEach
    void start() {
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8)));
        inference = InferenceService.start(
                Settings.of(Map.of(
                        "inference.http.port", "0",
                        "inference.http.stop.timeout", "1s",
                        "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port(),
                        "inference.cache.generation.poll", "1h")),
                System::nanoTime);
    }

    @AfterEach
    void stop() {
        inference.close();
        retrieval.close();
    }

    private static List<JsonNode> texts(String... texts) {
        return Stream.of(texts).<JsonNode>map(TextNode::valueOf).toList();
    }

    private FuzzedRequests requests() throws IOException {
        JsonNode document = Json.MAPPER.readTree(get("/openapi.json").body());
        var sensible = Map.of(
                "question", texts("How is the queue bounded?", "And it?", "What is word7?"),
                "content", texts("How is the queue bounded?", "Hello."),
                "collection", texts("docs", "docs", "docs", "other"),
                "model", texts("siskin/docs", "siskin/docs:extractive", "siskin/other", "gpt-4o"),
                "role", texts("user", "user", "assistant", "system"),
                "id", texts("siskin/docs", "siskin/docs:auto", "siskin/other"),
                "messages", List.of(tree("[{\"role\":\"user\",\"content\":\"How is the queue bounded?\"}]")));
        return new FuzzedRequests(document, sensible, SEED);
    }

    @Test
    @Timeout(600)
    void request_whatever_isAnsweredAsTheDocumentSays() throws Exception {
        FuzzedRequests requests = requests();
        var seen = new TreeMap<Integer, Integer>();
        List<AssertionError> faults = new ArrayList<>();
        for (int number = 0; number < REQUESTS; number++) {
            Fuzzed request = requests.request(number);
            String what = "seed=%d, request %d: %s".formatted(SEED, number, request);
            Optional<Answer> answer = send(request.bytes(), request.endsEarly(), what);
            if (answer.isEmpty()) {
                assertThat(request.endsEarly()).as("no answer: %s", what).isTrue();
                continue;
            }
            seen.merge(answer.get().status(), 1, Integer::sum);
            try {
                check(request, answer.get(), "%s%n%n%s".formatted(what, answer.get()));
            } catch (AssertionError fault) {
                faults.add(fault);
            }
        }
        assertThat(faults.stream().limit(FAULTS_SHOWN))
                .as("%d faults", faults.size())
                .isEmpty();
        // without these most requests would have been refused at the door
        assertThat(seen).as("statuses seen").containsKeys(200, 400, 403, 404, 405, 413, 415);
        assertThat(seen.get(200)).isGreaterThan(REQUESTS / 8);

        assertThat(get("/livez").status()).isEqualTo(200);
        assertThat(get("/readyz").status()).isEqualTo(200);
        String head = "POST /v1/answers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + ASK.length() + "\r\n\r\n";
        assertThat(send((head + ASK).getBytes(UTF_8), false, ASK).orElseThrow().body())
                .contains(BOUND);
    }

    private static void check(Fuzzed request, Answer answer, String what) {
        assertThat(answer.status()).as(what).isNotIn(500, 502).isBetween(200, 599);
        assertThat(answer.headers()).as(what).containsKey("x-request-id").doesNotContainKey("x-injected");
        assertThat(answer.body()).as(what).doesNotContainPattern(INNARDS);
        boolean unread = answer.status() == 414 || answer.status() == 431;
        if (request.operation().isPresent() && !unread) {
            assertThat(request.operation()
                            .get()
                            .at("/responses/" + answer.status())
                            .isObject())
                    .as("declared: %s", what)
                    .isTrue();
        }
        if (answer.status() >= 400 && !request.method().equals("HEAD")) {
            assertError(answer, what);
        } else if (answer.header("content-type").startsWith("application/json")
                && !request.method().equals("HEAD")) {
            assertThat(tree(answer.body()).isContainerNode()).as(what).isTrue();
        }
    }

    private static void assertError(Answer answer, String what) {
        JsonNode error = tree(answer.body());
        if (answer.header("content-type").startsWith("application/problem+json")) {
            assertThat(error.path("status").asInt()).as(what).isEqualTo(answer.status());
            assertThat(error.path("type").asText()).as(what).startsWith("urn:siskin:problem:");
            assertThat(error.path("detail").asText()).as(what).isNotBlank().doesNotContain("\n");
            assertThat(error.path("request_id").asText()).as(what).isEqualTo(answer.header("x-request-id"));
        } else {
            assertThat(answer.header("content-type")).as(what).startsWith("application/json");
            assertThat(error.at("/error/message").asText()).as(what).isNotBlank();
        }
    }

    private static JsonNode tree(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(json, malformed);
        }
    }

    private Answer get(String path) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        return send(request.getBytes(UTF_8), false, path).orElseThrow();
    }

    /** Nothing where the service hangs up on a request that has no end. */
    private Optional<Answer> send(byte[] request, boolean endsEarly, String what) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), inference.port())) {
            socket.setSoTimeout(60_000);
            write(socket, request);
            if (endsEarly) {
                socket.shutdownOutput();
            }
            byte[] response = socket.getInputStream().readAllBytes();
            return response.length == 0 ? Optional.empty() : Optional.of(answer(response));
        } catch (SocketException reset) {
            throw new AssertionError(what, reset);
        }
    }

    /** A service may answer and hang up before it has read everything. */
    private static void write(Socket socket, byte[] request) {
        try {
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
        } catch (IOException hungUp) {
            assertThat(hungUp).isInstanceOf(SocketException.class);
        }
    }

    private static Answer answer(byte[] response) {
        String text = new String(response, ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        List<String> head = text.substring(0, end).lines().toList();
        var headers = new TreeMap<String, String>();
        head.stream().skip(1).forEach(line -> {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        });
        String body = text.substring(end + 4);
        String whole = headers.getOrDefault("transfer-encoding", "").equals("chunked") ? unchunked(body) : body;
        return new Answer(
                Integer.parseInt(head.getFirst().substring(9, 12)),
                headers,
                new String(whole.getBytes(ISO_8859_1), UTF_8));
    }

    private static String unchunked(String body) {
        var whole = new ByteArrayOutputStream();
        int at = 0;
        while (at < body.length()) {
            int line = body.indexOf("\r\n", at);
            int length = Integer.parseInt(body.substring(at, line), 16);
            whole.writeBytes(body.substring(line + 2, line + 2 + length).getBytes(ISO_8859_1));
            at = line + 2 + length + 2;
        }
        return whole.toString(ISO_8859_1);
    }
}
