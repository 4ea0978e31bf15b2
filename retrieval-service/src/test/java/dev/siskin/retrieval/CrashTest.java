package dev.siskin.retrieval;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the service in a process of its own while it writes, and looks at what is left. More kills: {@code mvn verify
 * -Dtest=CrashTest -Dsiskin.crash.kills=50}.
 */
class CrashTest {
    private static final int KILLS = Integer.getInteger("siskin.crash.kills", 3);
    private static final int DOCUMENTS_PER_REQUEST = 3;

    @TempDir
    Path data;

    /** Runs the service and prints its port. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            RetrievalService service = RetrievalService.start(TestService.settings(Path.of(args[0]), Map.of()));
            System.out.println("PORT " + service.port());
        }
    }

    private record Acknowledged(int documents, long generation) {}

    @Test
    void kill_duringWrites_losesNothingAcknowledged() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var acknowledged = new Acknowledged(0, 1);
        for (int kill = 0; kill < KILLS; kill++) {
            acknowledged = writeUntilKilled(acknowledged, random.nextInt(300));
            assertEverythingIsThere(acknowledged, "seed " + seed + ", kill " + kill);
        }
        assertThat(acknowledged.documents()).isPositive();
    }

    private Acknowledged writeUntilKilled(Acknowledged before, int killAfterMillis) throws Exception {
        Process child = startChild();
        String base = "http://127.0.0.1:" + port(child) + "/v1/collections/docs";
        Acknowledged acknowledged = before;
        try (HttpClient http = HttpClient.newHttpClient()) {
            http.send(put(base), BodyHandlers.discarding());
            var acknowledgedOne = new CountDownLatch(1);
            Thread killer = Thread.startVirtualThread(() -> {
                try {
                    acknowledgedOne.await();
                    child.waitFor(killAfterMillis, TimeUnit.MILLISECONDS);
                } catch (InterruptedException stop) {
                    Thread.currentThread().interrupt();
                }
                child.destroyForcibly();
            });
            try {
                while (true) {
                    acknowledged = write(http, base, acknowledged.documents());
                    acknowledgedOne.countDown();
                }
            } catch (IOException killed) {
                killer.join();
                child.waitFor();
            }
        }
        return acknowledged;
    }

    private static Acknowledged write(HttpClient http, String base, int from) throws Exception {
        var lines = new ArrayList<String>();
        for (int i = from; i < from + DOCUMENTS_PER_REQUEST; i++) {
            lines.add(line("d" + i, "h" + i, "{\"n\":%d}".formatted(i), Map.of("finch " + i, at(i % 90))));
        }
        String answer = http.send(
                        HttpRequest.newBuilder(URI.create(base + "/documents"))
                                .header("Content-Type", "application/x-ndjson")
                                .POST(BodyPublishers.ofString(String.join("\n", lines)))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        List<String> results = answer.lines().toList();
        JsonNode summary = Json.MAPPER.readTree(results.getLast());
        assertThat(summary.path("failed").asInt()).as(answer).isZero();
        return new Acknowledged(
                from + DOCUMENTS_PER_REQUEST, summary.path("generation").asLong());
    }

    private void assertEverythingIsThere(Acknowledged acknowledged, String when) throws IOException {
        try (TestService service = TestService.on(data)) {
            JsonNode info = service.get("/v1/collections/docs").json();
            long generation = info.path("generation").asLong();
            int documents = info.path("documents").asInt();
            // The request under way may have been committed and not acknowledged: one generation, all or some of it.
            assertThat(generation).as(when).isBetween(acknowledged.generation(), acknowledged.generation() + 1);
            assertThat(documents)
                    .as(when)
                    .isBetween(acknowledged.documents(), acknowledged.documents() + DOCUMENTS_PER_REQUEST);
            if (generation == acknowledged.generation()) {
                assertThat(documents).as(when).isEqualTo(acknowledged.documents());
            }
            assertThat(info.path("chunks").asInt()).isEqualTo(documents);
            var ids = new ArrayList<String>();
            for (int i = 0; i < acknowledged.documents(); i++) {
                ids.add("\"d" + i + "\"");
            }
            JsonNode hashes = service.post(
                            "/v1/collections/docs/documents/status", "{\"ids\":[%s]}".formatted(String.join(",", ids)))
                    .json()
                    .path("content_hashes");
            for (int i = 0; i < acknowledged.documents(); i++) {
                assertThat(hashes.path("d" + i).asText()).as(when).isEqualTo("h" + i);
            }
            if (documents > 0) {
                assertThat(service.found(
                                "docs", "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":1000,\"deadline_ms\":60000}"))
                        .hasSize(Math.min(1000, documents));
            }
            // What was not acknowledged is sent again in the next round; start from what was.
            for (int i = acknowledged.documents(); i < documents; i++) {
                service.delete("/v1/collections/docs/documents/d" + i);
            }
        }
    }

    private static HttpRequest put(String base) {
        return HttpRequest.newBuilder(URI.create(base))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{}"))
                .build();
    }

    private Process startChild() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dsiskin.home=" + System.getProperty("siskin.home"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static int port(Process child) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("PORT ")) {
                return Integer.parseInt(line.substring("PORT ".length()));
            }
        }
        throw new AssertionError("the child ended before it listened");
    }
}
