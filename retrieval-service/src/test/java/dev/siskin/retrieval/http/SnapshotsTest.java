package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.Reembeds;
import dev.siskin.retrieval.TestService;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {
    private static final String SNAPSHOTS = "/v1/collections/docs/snapshots";
    private static final int CHUNKS = 4;

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

    /** One document that is rewritten, all its chunks saying which write they are of, and a new one. */
    private void write(int number) {
        var chunks = new LinkedHashMap<String, float[]>();
        for (int i = 0; i < CHUNKS; i++) {
            chunks.put("finch %d of write %d".formatted(i, number), at(i));
        }
        TestService.Answer answer = service.upsert(
                "docs", line("d", null, "{}", chunks), line("w" + number, "{}", "siskin", at(number % 90)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    /** The write that the chunks of the rewritten document are of. */
    private int writeOf(String collection) {
        var writes = new TreeSet<String>();
        JsonNode chunks = service.get("/v1/collections/" + collection + "/documents/d")
                .json()
                .path("chunks");
        chunks.forEach(chunk -> writes.add(chunk.path("text").asText().replaceAll(".* ", "")));
        assertThat(chunks).hasSize(CHUNKS);
        assertThat(writes).hasSize(1);
        return Integer.parseInt(writes.first());
    }

    private JsonNode info(String collection) {
        return service.get("/v1/collections/" + collection).json();
    }

    @Test
    void snapshot_whileWritten_holdsOneMomentAndIsRestoredElsewhere() {
        var stopped = new AtomicBoolean();
        var acknowledged = new AtomicInteger();
        write(0);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            while (!stopped.get()) {
                write(acknowledged.get() + 1);
                acknowledged.incrementAndGet();
            }
        });
        var snapshots = new ArrayList<JsonNode>();
        var least = new ArrayList<Integer>();
        for (int i = 0; i < 5; i++) {
            least.add(acknowledged.get());
            snapshots.add(snapshot());
        }
        stopped.set(true);
        writer.join();
        service.delete("/v1/collections/docs");

        for (int i = 0; i < snapshots.size(); i++) {
            JsonNode snapshot = snapshots.get(i);
            String copy = "copy" + i;
            TestService.Answer restored = restore(copy, download(snapshot));
            assertThat(restored.status()).as(restored.body()).isEqualTo(201);
            assertThat(restored.json().path("generation").asLong())
                    .isGreaterThan(snapshot.path("generation").asLong());
            int write = writeOf(copy);
            assertThat(write).isBetween(least.get(i), acknowledged.get());
            // a request's documents need not all be in: one at a time is
            assertThat(info(copy).path("documents").asInt()).isBetween(write + 1, write + 2);
            assertThat(service.found(copy, "{\"query\":\"finch\",\"mode\":\"keyword\",\"k\":10}"))
                    .hasSize(CHUNKS);
        }
    }

    @Test
    void restore_overACollection_replacesItAndCountsOn() throws Exception {
        write(0);
        JsonNode snapshot = snapshot();
        byte[] tar = download(snapshot);
        write(1);
        service.delete("/v1/collections/docs/documents/d");
        long before = info("docs").path("generation").asLong();

        TestService.Answer restored = restore("docs", tar);
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        assertThat(restored.json().path("documents").asLong()).isEqualTo(2);
        assertThat(restored.json().path("chunks").asLong()).isEqualTo(CHUNKS + 1);
        long generation = restored.json().path("generation").asLong();
        assertThat(generation).isGreaterThan(before);
        assertThat(info("docs").path("generation").asLong()).isEqualTo(generation);
        assertThat(service.get("/v1/collections/docs/documents/d").status()).isEqualTo(200);
        assertThat(service.get("/v1/collections/docs/documents/w1").status()).isEqualTo(404);

        write(2);
        assertThat(info("docs").path("generation").asLong()).isGreaterThan(generation);
        assertThat(info("docs").path("documents").asLong()).isEqualTo(3);
        service.close();
        service = TestService.on(data);
        assertThat(info("docs").path("documents").asLong()).isEqualTo(3);
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
        assertThat(info("docs").path("documents").asLong()).isEqualTo(2);
    }

    /** What a process leaves that dies while it receives a tar, or between the moves that put an index in place. */
    @Test
    void restore_thatDiedHalfWay_leavesTheOldCollection() throws Exception {
        write(0);
        long generation = info("docs").path("generation").asLong();
        service.close();
        Path tenant = data.resolve("retrieval/default");
        Path received = Files.createDirectories(tenant.resolve(".creating-docs-1/index"));
        Path moved = Files.createDirectories(tenant.resolve("docs/index-2"));
        Files.writeString(received.resolve("_0.si"), "half");
        Files.writeString(moved.resolve("segments_1"), "whole");

        service = TestService.on(data);
        assertThat(received).doesNotExist();
        assertThat(moved).doesNotExist();
        assertThat(info("docs").path("generation").asLong()).isEqualTo(generation);
        assertThat(writeOf("docs")).isZero();
    }

    @Test
    void restore_overACollectionThatCannotBeRead_bringsItBack() throws Exception {
        write(0);
        byte[] tar = download(snapshot());
        write(1);
        long last = info("docs").path("generation").asLong();
        service.close();
        Files.writeString(data.resolve("retrieval/default/docs/manifest.json"), "{}");
        service = TestService.on(data);
        assertThat(service.get("/v1/collections/docs").status()).isEqualTo(503);

        TestService.Answer restored = restore("docs", tar);
        assertThat(restored.status()).as(restored.body()).isEqualTo(201);
        assertThat(restored.json().path("generation").asLong()).isGreaterThan(last);
        assertThat(writeOf("docs")).isZero();
        service.close();
        service = TestService.on(data);
        assertThat(writeOf("docs")).isZero();
    }

    @Test
    void restore_duringReembedding_endsIt() {
        write(0);
        byte[] tar = download(snapshot());
        for (int i = 1; i < 40; i++) {
            write(i);
        }
        String reembed = "/v1/collections/docs/reembed";
        service.post(reembed, "{\"embedding_model\":\"all-minilm-l6-v2\"}");
        assertThat(restore("docs", tar).status()).isEqualTo(200);
        JsonNode status = Reembeds.awaitEnd(service, "docs");
        // the switch may have come first
        assertThat(status.path("state").asText()).isIn("failed", "done");
        assertThat(info("docs").path("embedding_model").asText()).isEqualTo("bge-small-en-v1.5");
        assertThat(writeOf("docs")).isZero();
    }

    @Test
    void snapshot_ofWhatIsNotThere_isNotFound() {
        assertThat(service.send("POST", "/v1/collections/nothing/snapshots", "", "")
                        .status())
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

    @Test
    void download_ofASnapshotThatTheDiskHasNotKept_breaksOff() throws Exception {
        write(0);
        String id = snapshot().path("id").asText();
        Path folder = data.resolve("retrieval/default/.snapshots/docs").resolve(id);
        try (Stream<Path> files = Files.list(folder)) {
            Path segment = files.filter(file -> file.toString().endsWith(".cfs"))
                    .findFirst()
                    .orElseThrow();
            try (var content = new RandomAccessFile(segment.toFile(), "rw")) {
                long middle = content.length() / 2;
                content.seek(middle);
                int was = content.read();
                content.seek(middle);
                content.write(was ^ 1);
            }
        }
        assertThatThrownBy(() -> service.download(SNAPSHOTS + "/" + id)).hasRootCauseInstanceOf(IOException.class);
        assertThat(service.get("/v1/collections").status()).isEqualTo(200);
    }
}
