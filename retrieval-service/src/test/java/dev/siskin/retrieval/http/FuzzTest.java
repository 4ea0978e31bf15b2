package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.retrieval.TestService;
import dev.siskin.retrieval.http.HostileRequests.Hostile;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile requests at a real service: each is answered, none with an error of the service's own, and nothing grows.
 * {@code -Dsiskin.fuzz.requests=10000} sends more of them, {@code -Dsiskin.fuzz.seed=…} the same ones again.
 */
class FuzzTest {
    private static final int REQUESTS = Integer.getInteger("siskin.fuzz.requests", 1_000);
    private static final long SEED = Long.getLong("siskin.fuzz.seed", new Random().nextLong());

    /** Of heap: what pools, caches of bounded size and the documents that were accepted take. */
    private static final long NOISE_BYTES = 24L << 20;

    private static final int NO_ANSWER = -1;

    @TempDir
    Path data;

    private record Answer(int status, String body) {}

    @Test
    @Timeout(600)
    void hostileRequests_areRefusedAndLeaveNothingBehind() throws Exception {
        try (TestService service = TestService.on(data)) {
            service.put("/v1/collections/docs", "{}");
            service.upsert(
                    "docs",
                    line(
                            "kept",
                            "{\"lang\":\"en\",\"year\":2020,\"ok\":true,\"on\":\"2026-01-31\"}",
                            "Alder seeds.",
                            at(10)));
            var hostile = new HostileRequests(new Random(SEED));
            int warm = REQUESTS / 4;
            for (int i = 0; i < warm; i++) {
                send(service, hostile.next(), i);
            }
            long before = usedAfterCollection();
            for (int i = warm; i < REQUESTS; i++) {
                send(service, hostile.next(), i);
            }
            assertThat(usedAfterCollection() - before)
                    .as("heap growth, seed=%d", SEED)
                    .isLessThan(NOISE_BYTES);
            assertThat(service.found("docs", "{\"query\":\"alder seeds\",\"mode\":\"keyword\",\"deadline_ms\":60000}"))
                    .as("seed=%d", SEED)
                    .contains("kept");
            assertThat(service.get("/readyz").status()).isEqualTo(200);
        }
    }

    private static void send(TestService service, Hostile request, int number) throws IOException {
        String what = "seed=%d, request %d: %s".formatted(SEED, number, request);
        Answer answer = answer(service.port(), request, what);
        if (answer.status() == NO_ANSWER) {
            assertThat(request.endsEarly()).as(what).isTrue();
            return;
        }
        boolean late = request.mayBeLate() && (answer.status() == 503 || answer.status() == 504);
        assertThat(answer.status() < 500 || late)
                .as("%s%n%d %s", what, answer.status(), answer.body())
                .isTrue();
        if (answer.status() >= 400 && !request.method().equals("HEAD")) {
            assertThat(explained(answer))
                    .as("%s%n%d %s", what, answer.status(), answer.body())
                    .isTrue();
        }
    }

    /** Whether the body is an error of ours that says something. */
    private static boolean explained(Answer answer) throws JsonProcessingException {
        JsonNode json = Json.MAPPER.readTree(answer.body());
        String message = json.has("error")
                ? json.at("/error/message").asText()
                : json.path("detail").asText();
        return !message.isBlank();
    }

    private static Answer answer(int port, Hostile request, String what) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            write(socket, request.bytes(port));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int body = response.indexOf("\r\n\r\n");
            if (body < 0) {
                return new Answer(NO_ANSWER, response);
            }
            return new Answer(Integer.parseInt(response.substring(9, 12)), unchunked(response, body + 4));
        } catch (SocketException reset) {
            throw new AssertionError(what, reset);
        }
    }

    /** A service may answer and hang up before it has read everything. */
    private static void write(Socket socket, byte[] bytes) throws IOException {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            socket.shutdownOutput();
        } catch (SocketException hungUp) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static String unchunked(String response, int from) {
        String head = response.substring(0, from);
        if (!head.contains("Transfer-Encoding: chunked")) {
            return response.substring(from);
        }
        int start = response.indexOf("\r\n", from) + 2;
        return response.substring(start, Math.max(start, response.lastIndexOf("\r\n0\r\n")));
    }

    private static long usedAfterCollection() {
        var memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
