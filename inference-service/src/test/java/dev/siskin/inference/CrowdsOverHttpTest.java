package dev.siskin.inference;

import static dev.siskin.inference.generation.remote.EndpointStandIn.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.generation.remote.EndpointStandIn;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many at once over HTTP: one tenant that floods, clients that leave, bodies that do not end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CrowdsOverHttpTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final int AT_ONCE = 4;

    private final HttpClient http = HttpClient.newHttpClient();
    private final EndpointStandIn endpoint = new EndpointStandIn();

    @TempDir
    Path folder;

    private String loud;
    private String quiet;
    private String admin;
    private RetrievalStandIn retrieval;
    private InferenceService inference;

    @BeforeEach
    void start() {
        Path file = folder.resolve("keys.json");
        var keys = new KeyFile(file);
        loud = key(keys, "loud", Scope.QUERY);
        quiet = key(keys, "quiet", Scope.QUERY);
        admin = key(keys, "admin", Scope.ADMIN);
        String service = key(keys, "service", Scope.SERVICE);
        retrieval = new RetrievalStandIn(file.toString());
        for (String tenant : List.of("loud", "quiet")) {
            retrieval.put(tenant, "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8)));
        }
        inference = InferenceService.start(
                Settings.of(new HashMap<>(Map.of(
                        "inference.http.port",
                        "0",
                        "inference.http.stop.timeout",
                        "1s",
                        "inference.http.body.budget",
                        "64k",
                        "inference.keys.file",
                        file.toString(),
                        "inference.retrieval.url",
                        "http://127.0.0.1:" + retrieval.port(),
                        "inference.retrieval.key",
                        service,
                        "inference.retrieval.second.attempts",
                        "0",
                        "inference.answers.at.once.tenant",
                        Integer.toString(AT_ONCE),
                        "inference.large.remote.url",
                        endpoint.url(),
                        "inference.large.remote.model",
                        "gpt"))),
                System::nanoTime);
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        inference.close();
        endpoint.close();
        retrieval.close();
    }

    private static String key(KeyFile keys, String tenant, Scope scope) {
        return keys.create(tenant, tenant, Set.of(scope), ServiceTier.STANDARD, null)
                .key();
    }

    private static String ask(String question, String more) {
        return "{\"question\":\"" + question + "\",\"collection\":\"docs\",\"route\":\"extractive\"" + more + "}";
    }

    private <T> HttpResponse<T> post(String key, String body, HttpResponse.BodyHandler<T> handler) {
        return send(
                HttpRequest.newBuilder(URI.create(inference.address() + "/v1/answers"))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                handler);
    }

    private HttpResponse<String> post(String key, String body) {
        return post(key, body, HttpResponse.BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    @Test
    void tenantThatFloods_isRefusedBeyondItsShare_othersAreServed() throws Exception {
        retrieval.gate = new CountDownLatch(1);
        int flood = 40;
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ExecutorCompletionService<HttpResponse<String>>(clients);
            for (int i = 0; i < flood; i++) {
                String question = "How is queue " + i + " bounded?";
                answers.submit(() -> post(loud, ask(question, "")));
            }
            for (int i = 0; i < flood - AT_ONCE; i++) {
                HttpResponse<String> refused = answers.take().get();
                assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
                assertThat(refused.headers().firstValue("Retry-After")).isPresent();
                assertThat(refused.headers().firstValue("RateLimit-Limit")).contains(Integer.toString(AT_ONCE));
                assertThat(refused.headers().firstValue("RateLimit-Remaining")).contains("0");
            }
            Future<HttpResponse<String>> other =
                    clients.submit(() -> post(quiet, ask("How is the queue bounded?", "")));
            while (retrieval.searches.get() < AT_ONCE + 1) {
                Thread.onSpinWait();
            }
            assertThat(models(loud)).isEqualTo(429);
            assertThat(models(quiet)).isEqualTo(200);
            retrieval.gate.countDown();

            assertThat(other.get().statusCode()).isEqualTo(200);
            for (int i = 0; i < AT_ONCE; i++) {
                assertThat(answers.take().get().statusCode()).isEqualTo(200);
            }
        }
        assertThat(post(loud, ask("How is the queue bounded?", "")).statusCode())
                .isEqualTo(200);
    }

    private int models(String key) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(inference.address() + "/v1/models"))
                .header("Authorization", "Bearer " + key)
                .build();
        return send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    void bodiesWithoutEnd_ofOneTenant_leaveRoomForOthers() throws Exception {
        List<Socket> hanging = new ArrayList<>();
        try {
            for (int i = 0; i < AT_ONCE; i++) {
                hanging.add(endless(loud));
            }
            while (!post(loud, ask("How is the queue bounded?", "")).body().contains("the tenant")) {
                Thread.onSpinWait();
            }

            assertThat(post(quiet, ask("How is the queue bounded?", "")).statusCode())
                    .isEqualTo(200);
        } finally {
            for (Socket socket : hanging) {
                socket.close();
            }
        }
        while (post(loud, ask("How is the queue bounded?", "")).statusCode() == 429) {
            Thread.onSpinWait();
        }
    }

    @Test
    void moreHangingBodiesThanPlaces_ofOneTenant_leaveRoomForOthers() throws Exception {
        List<Socket> hanging = new ArrayList<>();
        try {
            // one is taken and the others are refused: its body takes all that a tenant may have
            for (int i = 0; i < InferenceService.MOST_AT_ONCE + 40; i++) {
                hanging.add(endless(loud));
            }
            while (!post(loud, ask("How is the queue bounded?", "")).body().contains("the tenant")) {
                Thread.onSpinWait();
            }

            for (int i = 0; i < 10; i++) {
                HttpResponse<String> served = post(quiet, ask("How is queue " + i + " bounded?", ""));
                assertThat(served.statusCode()).as(served.body()).isEqualTo(200);
            }
        } finally {
            for (Socket socket : hanging) {
                socket.close();
            }
        }
    }

    /** A chat that has announced a long body and sends none of it. */
    private Socket endless(String key) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), inference.port());
        OutputStream out = socket.getOutputStream();
        out.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                        + "\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }

    @Test
    void clientsThatLeave_leaveNothingBehind() throws Exception {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. A full");
            exchange.awaitClosed();
        };
        // more than a tenant may have at once: each must give back its place, and its bytes
        for (int i = 0; i < 3 * AT_ONCE; i++) {
            String question =
                    ask("How is queue " + i + " bounded?", ",\"stream\":true").replace("extractive", "large");
            leaveAfterASentence(question);
        }

        while (heldByRequests() > 0) {
            Thread.onSpinWait();
        }
        assertThat(post(loud, ask("How is the queue bounded?", "")).statusCode())
                .isEqualTo(200);
    }

    private void leaveAfterASentence(String question) throws IOException {
        HttpResponse<InputStream> response = post(loud, question, HttpResponse.BodyHandlers.ofInputStream());
        while (response.statusCode() == 429) {
            response.body().close();
            response = post(loud, question, HttpResponse.BodyHandlers.ofInputStream());
        }
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals("event: sentence")) {
                line = lines.readLine();
            }
            assertThat(line).isEqualTo("event: sentence");
        }
    }

    private long heldByRequests() throws IOException {
        HttpResponse<String> response = send(
                HttpRequest.newBuilder(URI.create(inference.address() + "/v1/memory"))
                        .header("Authorization", "Bearer " + admin)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        long bytes = 0;
        for (JsonNode account : Json.MAPPER.readTree(response.body()).path("accounts")) {
            String owner = account.path("owner").asText();
            if (owner.equals("request_buffers") || owner.equals("batch_queues")) {
                bytes += account.path("bytes").asLong();
            }
        }
        return bytes;
    }
}
