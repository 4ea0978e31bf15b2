package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrencyTest {
    private static final int CHUNKS = 8;
    private static final int VERSIONS = 15;
    private static final int WRITERS = 3;

    @TempDir
    Path data;

    private static String version(String id, int version) {
        var chunks = new LinkedHashMap<String, float[]>();
        for (int i = 0; i < CHUNKS; i++) {
            chunks.put("finch " + id + " chunk " + i + " version " + version, at(i));
        }
        return line(id, "v" + version, "{\"version\":%d,\"id\":\"%s\"}".formatted(version, id), chunks);
    }

    /** Both wait for commits, one of them on the pool's only thread. */
    @Test
    void upsertsAndDeletes_withOneWriteThread_doNotWaitForEachOther() throws Exception {
        try (TestService service = TestService.on(data, Map.of("retrieval.write.threads", "1"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            service.put("/v1/collections/docs", "{}");
            List<Future<Integer>> writers = new ArrayList<>();
            for (int writer = 0; writer < 2 * WRITERS; writer++) {
                String id = "d" + writer;
                writers.add(threads.submit(() -> writeAndDelete(service, id)));
            }
            for (Future<Integer> writer : writers) {
                assertThat(writer.get()).isEqualTo(VERSIONS);
            }
            assertThat(service.get("/v1/collections/docs")
                            .json()
                            .path("documents")
                            .asInt())
                    .isZero();
        }
    }

    private static int writeAndDelete(TestService service, String id) {
        int deleted = 0;
        for (int round = 0; round < VERSIONS; round++) {
            TestService.Answer written = service.upsert("docs", version(id, round));
            while (written.status() == 503) { // as many bulk upserts are under way as may
                written = service.upsert("docs", version(id, round));
            }
            assertThat(written.status()).as(written.body()).isEqualTo(200);
            deleted += service.delete("/v1/collections/docs/documents/" + id).status() == 200 ? 1 : 0;
        }
        return deleted;
    }

    @Test
    void readers_whileADocumentIsReplaced_seeItWhole() throws Exception {
        try (TestService service = TestService.on(data);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            service.put("/v1/collections/docs", "{}");
            for (int writer = 0; writer < WRITERS; writer++) {
                service.upsert("docs", version("w" + writer, 0));
            }
            var done = new AtomicBoolean();
            List<Future<List<Long>>> writes = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                String id = "w" + writer;
                writes.add(threads.submit(() -> replaceAgainAndAgain(service, id)));
            }
            Callable<Integer> reading = () -> {
                int reads = 0;
                while (!done.get() || reads == 0) {
                    assertWhole(service.search(
                                    "docs",
                                    "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":100,\"deadline_ms\":60000}")
                            .json()
                            .path("hits"));
                    reads++;
                }
                return reads;
            };
            Future<Integer> first = threads.submit(reading);
            Future<Integer> second = threads.submit(reading);
            for (Future<List<Long>> write : writes) {
                assertThat(write.get()).isSorted();
            }
            done.set(true);
            assertThat(first.get() + second.get()).isPositive();
            assertThat(service.get("/v1/collections/docs")
                            .json()
                            .path("documents")
                            .asInt())
                    .isEqualTo(WRITERS);
        }
    }

    /** Each acknowledged generation, in order; every write is found right after its acknowledgement. */
    private static List<Long> replaceAgainAndAgain(TestService service, String id) {
        var generations = new ArrayList<Long>();
        for (int version = 1; version <= VERSIONS; version++) {
            JsonNode summary =
                    service.upsert("docs", version(id, version)).lines().getLast();
            assertThat(summary.path("replaced").asInt()).isEqualTo(1);
            generations.add(summary.path("generation").asLong());
            JsonNode stored =
                    service.get("/v1/collections/docs/documents/" + id).json();
            assertThat(stored.at("/metadata/version").asInt()).isEqualTo(version);
        }
        return generations;
    }

    private static void assertWhole(JsonNode hits) {
        for (int writer = 0; writer < WRITERS; writer++) {
            var versions = new HashSet<Integer>();
            int chunks = 0;
            for (JsonNode hit : hits) {
                if (hit.path("document_id").asText().equals("w" + writer)) {
                    versions.add(hit.at("/metadata/version").asInt());
                    chunks++;
                }
            }
            assertThat(chunks).isEqualTo(CHUNKS);
            assertThat(versions).hasSize(1);
        }
    }

    @Test
    void upsert_ofNewFieldsSideBySide_makesEachFieldFindableOnceAcknowledged(@TempDir Path folder) throws Exception {
        var fields = new ConcurrentLinkedQueue<String>();
        try (TestService service = TestService.on(folder)) {
            service.put("/v1/collections/docs", "{}");
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var writers = new ArrayList<Future<?>>();
                for (int w = 0; w < 4; w++) {
                    int writer = w;
                    writers.add(threads.submit(() -> {
                        for (int i = 0; i < 25; i++) {
                            String field = "f" + writer + "_" + i;
                            fields.add(field);
                            service.upsert("docs", line(field, "{\"" + field + "\":1}", "finch", at(0)));
                            assertThat(service.found("docs", having(field))).containsExactly(field);
                        }
                    }));
                }
                for (Future<?> writer : writers) {
                    writer.get();
                }
            }
        }
        try (TestService again = TestService.on(folder)) {
            assertThat(fields)
                    .hasSize(100)
                    .allSatisfy(field ->
                            assertThat(again.found("docs", having(field))).containsExactly(field));
        }
    }

    private static String having(String field) {
        return "{\"query\":\"finch\",\"mode\":\"keyword\",\"filter\":{\"eq\":{\"%s\":1}}}".formatted(field);
    }
}
