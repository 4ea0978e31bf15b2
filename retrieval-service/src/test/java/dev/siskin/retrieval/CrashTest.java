package dev.siskin.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the service in a process of its own while writers send documents, parts and deletions, and while it merges what
 * they wrote; then looks at what is left. More rounds: {@code mvn verify -Dtest=CrashTest -Dsiskin.crash.rounds=200}.
 */
class CrashTest {
    private static final int ROUNDS = Integer.getInteger("siskin.crash.rounds", 3);
    private static final int WRITERS = 3;
    private static final String COLLECTION = "/v1/collections/docs";
    private static final int LONGEST_ROUND_MILLIS = 1500;

    @TempDir
    Path data;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void kill_duringWrites_losesNothingAcknowledgedAndBringsNothingBack() throws Exception {
        long seed = Long.getLong("siskin.crash.seed", System.nanoTime());
        var random = new Random(seed);
        var writers = new ArrayList<CrashWriter>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new CrashWriter("w" + i, random.nextLong()));
        }
        for (int round = 0; round < ROUNDS; round++) {
            writeUntilKilled(writers, random.nextInt(LONGEST_ROUND_MILLIS));
            assertEverythingIsThere(writers, "seed " + seed + ", round " + round);
        }
        assertThat(writers)
                .allSatisfy(writer -> assertThat(writer.acknowledged()).isPositive());
    }

    private void writeUntilKilled(List<CrashWriter> writers, int killAfterMillis) throws Exception {
        try (ServiceProcess service = ServiceProcess.on(data, "-XX:TieredStopAtLevel=1")) {
            HttpResponse<String> created = service.send("PUT", COLLECTION, "application/json", "{}");
            assertThat(created.statusCode()).as(created.body()).isIn(200, 201);
            var begun = new CountDownLatch(WRITERS);
            var writing = new ArrayList<Future<?>>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (CrashWriter writer : writers) {
                    writing.add(threads.submit(() -> writer.writeUntilItFails((path, type, body) -> {
                        HttpResponse<String> response = service.send("POST", COLLECTION + path, type, body);
                        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                        begun.countDown();
                        return response.body();
                    })));
                }
                assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
                service.killAfter(killAfterMillis);
            }
            for (Future<?> writer : writing) {
                writer.get();
            }
        }
    }

    private void assertEverythingIsThere(List<CrashWriter> writers, String when) throws IOException {
        try (TestService service = TestService.on(data)) {
            var stored = new HashMap<String, CrashWriter.Stored>();
            for (String cursor = ""; cursor != null; ) {
                JsonNode page = service.get(COLLECTION + "/documents?limit=1000" + cursor)
                        .json();
                page.path("documents")
                        .forEach(document -> stored.put(
                                document.path("id").asText(),
                                new CrashWriter.Stored(
                                        document.path("content_hash").asText(),
                                        document.path("chunks").asInt())));
                String next = page.path("cursor").asText("");
                cursor = page.hasNonNull("cursor") ? "&cursor=" + next : null;
            }
            for (CrashWriter writer : writers) {
                writer.assertStored(stored, when);
            }
            int chunks = stored.values().stream()
                    .mapToInt(CrashWriter.Stored::chunks)
                    .sum();
            JsonNode info = service.get(COLLECTION).json();
            assertThat(info.path("documents").asInt()).as(when).isEqualTo(stored.size());
            assertThat(info.path("chunks").asInt()).as(when).isEqualTo(chunks);
            long generation =
                    writers.stream().mapToLong(CrashWriter::generation).max().orElseThrow();
            assertThat(info.path("generation").asLong()).as(when).isGreaterThanOrEqualTo(generation);
            String everything = "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":1000,\"deadline_ms\":60000}";
            assertThat(service.found("docs", everything)).as(when).hasSize(Math.min(1000, chunks));
        }
    }
}
