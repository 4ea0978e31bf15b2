package dev.siskin.inference;

import static dev.siskin.inference.generation.remote.EndpointStandIn.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.inference.generation.remote.EndpointStandIn;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred clients that leave, in the middle of an answer or of their request, and a retrieval tier that freezes:
 * afterwards there are no more threads, sockets and reserved bytes than before.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EnabledOnOs(value = OS.LINUX, disabledReason = "sockets are counted in /proc")
final class NothingIsLeftTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String WRITTEN = "The queue is bounded by max_queue_depth [1]. A full";
    private static final int CLIENTS = 200;
    private static final int AT_ONCE = 20;
    private static final Duration SETTLED_WITHIN = Duration.ofSeconds(60);

    private final EndpointStandIn endpoint = new EndpointStandIn();
    private final RetrievalStandIn retrieval = new RetrievalStandIn("");

    @TempDir
    Path folder;

    private Holdings holdings;
    private InferenceService inference;

    @BeforeEach
    void start() throws IOException {
        // connections that are kept for the next search would have to be told from forgotten ones
        retrieval.closing = true;
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8)));
        endpoint.behaviour = exchange -> exchange.send(STREAM).say(WRITTEN).finish("stop", 10, 10);
        inference = InferenceService.start(
                Settings.of(Map.of(
                        "inference.http.port", "0",
                        "inference.http.stop.timeout", "1s",
                        "inference.http.body.budget", "64k",
                        "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port(),
                        "inference.retrieval.timeout", "3s",
                        "inference.cache.generation.poll", "1h",
                        "inference.large.remote.url", endpoint.url(),
                        "inference.large.remote.model", "gpt",
                        "inference.large.remote.slots", "20")),
                System::nanoTime);
        holdings = new Holdings(folder);
        // what starts with the first request, and stays
        askUntilAnswered("Is the queue limited?", "extractive");
        askUntilAnswered("Is the queue limited?", "large");
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say(WRITTEN);
            exchange.awaitClosed();
        };
    }

    @AfterEach
    void stop() {
        holdings.close();
        inference.close();
        endpoint.close();
        retrieval.close();
    }

    private Socket send(String request) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), inference.port());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private String whole(String request) throws IOException {
        try (Socket socket = send(request)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String post(String body, int announced) {
        return "POST /v1/answers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + announced + "\r\n\r\n" + body;
    }

    private static String question(String question, String route, int deadlineMs, boolean stream) {
        String body = "{\"question\":\"" + question + "\",\"collection\":\"docs\",\"route\":\"" + route
                + "\",\"deadline_ms\":" + deadlineMs + ",\"stream\":" + stream + "}";
        return post(body, body.length());
    }

    private String ask(String question, String route, int deadlineMs) throws IOException {
        return whole(question(question, route, deadlineMs, false));
    }

    /** @param question that nothing kept answers */
    private void askUntilAnswered(String question, String route) throws IOException {
        while (!ask(question, route, 30_000).startsWith("HTTP/1.1 200")) {
            Thread.onSpinWait();
        }
    }

    private boolean leaveMidStream(int client) throws IOException {
        try (Socket socket = send(question("How is queue " + client + " bounded?", "large", 60_000, true))) {
            var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return lines.lines().anyMatch("event: sentence"::equals);
        }
    }

    /** So many at a time, all of them. */
    private static void crowd(ClientOf client) throws Exception {
        try (var clients =
                Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            List<Callable<Boolean>> all = new ArrayList<>();
            for (int i = 1; i <= CLIENTS; i++) {
                int number = i;
                all.add(() -> client.serve(number));
            }
            for (Future<Boolean> done : clients.invokeAll(all)) {
                assertThat(done.get()).isTrue();
            }
        }
    }

    private interface ClientOf {
        /** Whether all went as the test wants it. */
        boolean serve(int number) throws IOException;
    }

    private void assertSettledTo(Holdings.Count before) throws IOException {
        long began = System.nanoTime();
        Holdings.Count now = holdings.count();
        long reserved = reservedBytes();
        while ((!now.isNoMoreThan(before) || reserved > 0) && System.nanoTime() - began < SETTLED_WITHIN.toNanos()) {
            reserved = reservedBytes();
            now = holdings.count();
        }
        assertThat(now).matches(count -> count.isNoMoreThan(before), "no more than " + before);
        assertThat(reserved).isZero();
        String all = "{\"question\":\"Is the queue bounded?\",\"collection\":\"docs\"}";
        assertThat(whole(post(all + " ".repeat(65_536 - all.length()), 65_536)))
                .as("a body that takes the whole budget")
                .startsWith("HTTP/1.1 200");
    }

    private long reservedBytes() throws IOException {
        String response = whole("GET /v1/memory HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        JsonNode memory = Json.MAPPER.readTree(response.substring(response.indexOf("\r\n\r\n")));
        long bytes = 0;
        for (JsonNode account : memory.path("accounts")) {
            if (Set.of("request_buffers", "batch_queues", "search_responses")
                    .contains(account.path("owner").asText())) {
                bytes += account.path("bytes").asLong();
            }
        }
        return bytes;
    }

    /** What is held once what came before is over. */
    private Holdings.Count settled() throws IOException {
        Holdings.Count before = holdings.count();
        for (int equal = 0; equal < 5; equal++) {
            Holdings.Count next = holdings.count();
            equal = next.equals(before) ? equal : 0;
            before = next;
        }
        return before;
    }

    @Test
    void clientsLeave_inTheMiddleOfAnAnswer() throws Exception {
        Holdings.Count before = settled();

        crowd(this::leaveMidStream);

        assertSettledTo(before);
    }

    @Test
    void clientsLeave_inTheMiddleOfTheirRequest() throws Exception {
        Holdings.Count before = settled();

        crowd(_ -> {
            try (Socket left = send(post("{\"question\":\"How is", 3_000))) {
                return left.isConnected();
            }
        });

        assertSettledTo(before);
    }

    @Test
    void clientsLeave_beforeTheirAnswer() throws Exception {
        Holdings.Count before = settled();
        retrieval.gate = new CountDownLatch(1);

        crowd(number -> {
            try (Socket left = send(question("Where is queue " + number + "?", "extractive", 300, false))) {
                return left.isConnected();
            }
        });

        retrieval.gate.countDown();
        assertSettledTo(before);
    }

    @Test
    void retrievalTier_freezesAndComesBack() throws Exception {
        Holdings.Count before = settled();
        retrieval.pollGate = new CountDownLatch(1);
        retrieval.gate = new CountDownLatch(1);

        crowd(number -> ask("Which queue is number " + number + "?", "extractive", 30_000)
                .startsWith("HTTP/1.1 503"));

        retrieval.pollGate.countDown();
        retrieval.gate.countDown();
        askUntilAnswered("Is it well again?", "extractive");
        assertSettledTo(before);
    }
}
