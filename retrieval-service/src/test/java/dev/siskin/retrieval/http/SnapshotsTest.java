package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {
    private static final String SNAPSHOTS = "/v1/collections/docs/snapshots";
    private static final int PER_REQUEST = 4;

    @TempDir
    Path data;

    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.on(data, Map.of("retrieval.snapshots.per.collection", "5"));
        service.put("/v1/collections/docs", "{}");
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private JsonNode snapshot() {
        TestService.Answer answer = service.send("POST", SNAPSHOTS, "", "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json();
    }

    private byte[] download(JsonNode snapshot) {
        return service.download(SNAPSHOTS + "/" + snapshot.path("id").asText());
    }

    private TestService.Answer restore(String collection, byte[] tar) {
        return service.send(
                "POST",
                "/v1/collections/" + collection + "/restore",
                "application/x-tar",
                BodyPublishers.ofByteArray(tar));
    }

    /** Several documents that are there or not together, all saying which write they are of. */
    private void write(int number) {
        var lines = new ArrayList<String>();
        for (int i = 0; i < PER_REQUEST; i++) {
            lines.add(line("d" + i, "{\"write\":%d}".formatted(number), "finch of write " + number, at(i)));
        }
        lines.add(line("w" + number, "{}", "siskin", at(number % 90)));
        TestService.Answer answer = service.upsert("docs", lines.toArray(String[]::new));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private JsonNode info(String collection) {
        return service.get("/v1/collections/" + collection).json();
    }

    @Test
    void snapshot_whileWritten_holdsOneMomentAndIsRestoredElsewhere() {
        var stopped = new AtomicBoolean();
        write(0);
        CompletableFuture<Integer> writer = CompletableFuture.supplyAsync(() -> {
            int number = 1;
            for (; !stopped.get(); number++) {
                write(number);
            }
            return number;
        });
        var snapshots = new ArrayList<JsonNode>();
        var generations = new ArrayList<Long>();
        for (int i = 0; i < 5; i++) {
            generations.add(info("docs").path("generation").asLong());
            snapshots.add(snapshot());
        }
        stopped.set(true);
        int writes = writer.join();
        service.delete("/v1/collections/docs");

        for (int i = 0; i < snapshots.size(); i++) {
            JsonNode snapshot = snapshots.get(i);
            assertThat(snapshot.path("generation").asLong()).isGreaterThanOrEqualTo(generations.get(i));
            String copy = "copy" + i;
            TestService.Answer restored = restore(copy, download(snapshot));
            assertThat(restored.status()).as(restored.body()).isEqualTo(201);
            assertThat(restored.json().path("generation").asLong())
                    .isGreaterThan(snapshot.path("generation").asLong());
            long documents = info(copy).path("documents").asLong();
            assertThat(documents).isBetween(PER_REQUEST + 1L, (long) PER_REQUEST + writes);
            JsonNode hits = service.search(
                            copy, "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":10,\"include\":[\"metadata\"]}")
                    .json()
                    .path("hits");
            assertThat(hits).hasSize(PER_REQUEST);
            long newest = documents - PER_REQUEST - 1;
            hits.forEach(hit ->
                    assertThat(hit.path("metadata").path("write").asLong()).isEqualTo(newest));
        }
    }

    @Test
    void restore_overACollection_replacesItAndCountsOn() throws Exception {
        write(0);
        JsonNode snapshot = snapshot();
        byte[] tar = download(snapshot);
        write(1);
        service.delete("/v1/collections/docs/documents/d0");
        long before = info("docs").path("generation").asLong();

        TestService.Answer restored = restore("docs", tar);
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        assertThat(restored.json().path("documents").asLong()).isEqualTo(PER_REQUEST + 1);
        assertThat(restored.json().path("chunks").asLong()).isEqualTo(PER_REQUEST + 1);
        long generation = restored.json().path("generation").asLong();
        assertThat(generation).isGreaterThan(before);
        assertThat(info("docs").path("generation").asLong()).isEqualTo(generation);
        assertThat(service.get("/v1/collections/docs/documents/d0").status()).isEqualTo(200);
        assertThat(service.get("/v1/collections/docs/documents/w1").status()).isEqualTo(404);

        write(2);
        assertThat(info("docs").path("generation").asLong()).isGreaterThan(generation);
        assertThat(info("docs").path("documents").asLong()).isEqualTo(PER_REQUEST + 2);
        service.close();
        service = TestService.on(data);
        assertThat(info("docs").path("documents").asLong()).isEqualTo(PER_REQUEST + 2);
        try (Stream<Path> content = Files.list(data.resolve("retrieval/default/docs"))) {
            assertThat(content.map(path -> path.getFileName().toString()).sorted())
                    .containsExactly("index-2", "manifest.json");
        }
    }

    @Test
    void generation_afterDeleteAndRestore_isGreaterThanAnyBefore() {
        write(0);
        byte[] tar = download(snapshot());
        for (int i = 1; i < 4; i++) {
            write(i);
        }
        long last = info("docs").path("generation").asLong();
        service.delete("/v1/collections/docs");
        assertThat(restore("docs", tar).json().path("generation").asLong()).isGreaterThan(last);
    }

    @Test
    void search_waitingForTheNextGeneration_isWokenByARestore() {
        write(0);
        byte[] tar = download(snapshot());
        long next = info("docs").path("generation").asLong() + 1;
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(() -> service.search(
                        "docs",
                        "{\"query\":\"finch\",\"mode\":\"keyword\",\"deadline_ms\":60000,\"min_generation\":%d}"
                                .formatted(next))
                .json());
        restore("docs", tar);
        assertThat(waiting.join().path("generation").asLong()).isEqualTo(next);
    }

    @Test
    void snapshots_areListedDeletedBoundedAndOutliveRestartAndCollection() throws Exception {
        write(0);
        assertThat(service.get(SNAPSHOTS).json().path("snapshots")).isEmpty();
        var ids = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            ids.add(snapshot().path("id").asText());
        }
        TestService.Answer oneTooMany = service.send("POST", SNAPSHOTS, "", "");
        assertThat(oneTooMany.status()).isEqualTo(409);
        assertThat(oneTooMany.detail()).contains("5 snapshots", "delete one");
        assertThat(service.delete(SNAPSHOTS + "/" + ids.get(0)).status()).isEqualTo(204);
        assertThat(service.delete(SNAPSHOTS + "/" + ids.get(0)).status()).isEqualTo(404);
        assertThat(service.get(SNAPSHOTS + "/" + ids.get(0)).status()).isEqualTo(404);
        Path halfMade = Files.createDirectories(data.resolve("retrieval/default/.snapshots/docs/.creating-x"));
        service.delete("/v1/collections/docs");
        service.close();

        service = TestService.on(data);
        assertThat(halfMade).doesNotExist();
        var listed = new ArrayList<String>();
        service.get(SNAPSHOTS)
                .json()
                .path("snapshots")
                .forEach(snapshot -> listed.add(snapshot.path("id").asText()));
        assertThat(listed).containsExactlyInAnyOrderElementsOf(ids.subList(1, 5));
        byte[] tar = service.download(SNAPSHOTS + "/" + ids.get(1));
        assertThat(restore("docs", tar).status()).isEqualTo(201);
        assertThat(info("docs").path("documents").asLong()).isEqualTo(PER_REQUEST + 1);
    }

    @Test
    void snapshot_ofWhatIsNotThere_isNotFound() {
        assertThat(service.send("POST", "/v1/collections/nothing/snapshots", "", "").status())
                .isEqualTo(404);
        assertThat(service.get("/v1/collections/nothing/snapshots").status()).isEqualTo(404);
        for (String id : List.of("x", "..", "%2e%2e%2f%2e%2e", "20260101t000000z-00000000")) {
            assertThat(service.get(SNAPSHOTS + "/" + id).status()).as(id).isIn(400, 404);
        }
    }

    @Test
    void restore_ofAnotherContentTypeOrTenant_isRefused() {
        assertThat(service.send("POST", "/v1/collections/docs/restore", "application/json", "{}")
                        .status())
                .isEqualTo(415);
        assertThat(service.send("POST", SNAPSHOTS + "?tenant=other", "", "").status())
                .isEqualTo(403);
    }

    @Test
    void snapshot_onADiskWithoutRoom_isRefused() throws Exception {
        service.close();
        service = TestService.on(data, Map.of("retrieval.disk.reserve", Long.toString(Long.MAX_VALUE / 2)));
        assertThat(service.send("POST", SNAPSHOTS, "", "").status()).isEqualTo(507);
    }
}
