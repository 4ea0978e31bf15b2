package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done for a collection while nobody writes to it. Finished merges are published by the next tidying. */
class TidyTest {
    private static final CollectionKey KEY = new CollectionKey("default", "docs");
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 2, 512, true, List.of());
    private static final CollectionManifest MANIFEST = CollectionManifest.of(
            "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH);

    @TempDir
    Path data;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private Collection collection;

    @BeforeEach
    void open() throws IOException {
        try (Collections collections = Collections.open(data)) {
            collections.create(KEY, MANIFEST);
        }
        Path index = data.resolve("default/docs/index");
        collection = Collection.open(
                KEY,
                MANIFEST,
                index,
                new MMapDirectory(index),
                new GenerationClock(1),
                new WriteHeap(1L << 28, true),
                now::get,
                _ -> () -> {});
    }

    @AfterEach
    void close() {
        collection.shut();
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static Document document(String id, int start) {
        var chunk = new Chunk("finch", null, null, null, start, start + 5, new float[] {1, 2});
        return new Document(id, null, null, "h", Map.of(), List.of(chunk), null);
    }

    private static PreparedDocument prepared(String id, int start) {
        return PreparedDocument.of(document(id, start), 2, _ -> new float[2]);
    }

    private void write(String id) {
        WriteBatch batch = collection.begin();
        batch.put(prepared(id, 0));
        batch.commit();
    }

    private void writePart(int number) {
        WriteBatch batch = collection.begin();
        Document sent = document("parts", 100 * number);
        var more = new Document("parts", null, null, "h", Map.of(), sent.chunks(), true);
        batch.put(prepared("parts", 100 * number), DocumentLine.of(more));
        batch.commit();
    }

    private int segments() throws IOException {
        try (Snapshot snapshot = collection.snapshot()) {
            return snapshot.reader().leaves().size();
        }
    }

    private boolean isHidden(String id) throws IOException {
        try (Snapshot snapshot = collection.snapshot()) {
            return new StoredDocuments(snapshot)
                    .partial(PartialDocument.token(id, "h"))
                    .isPresent();
        }
    }

    private void tidyUntil(org.assertj.core.api.ThrowingConsumer<Collection> isDone) throws Throwable {
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (true) {
            collection.tidy();
            try {
                isDone.accept(collection);
                return;
            } catch (AssertionError notYet) {
                if (System.nanoTime() > until) {
                    throw notYet;
                }
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void quietCollection_isMergedIntoFewSegments_underTheSameGeneration() throws Throwable {
        for (int i = 0; i < 7; i++) {
            write("d" + i);
        }
        int before = segments();
        long generation = collection.generation();
        collection.tidy();
        assertThat(segments()).isEqualTo(before).isGreaterThan(1 + HeapBoundMerges.FEW);

        pass(CollectionWriter.QUIET.plusSeconds(1));
        tidyUntil(_ -> assertThat(segments()).isEqualTo(1));
        assertThat(collection.generation()).isEqualTo(generation);
        try (Snapshot snapshot = collection.snapshot()) {
            assertThat(snapshot.documents()).isEqualTo(7);
        }
    }

    @Test
    void parts_ofADocumentGivenUp_areReclaimed() throws Throwable {
        writePart(0);
        pass(DocumentParts.ABANDONED_AFTER.minusMinutes(1));
        writePart(1);
        pass(Duration.ofHours(1));
        collection.tidy();
        assertThat(isHidden("parts")).isTrue();

        pass(DocumentParts.ABANDONED_AFTER);
        tidyUntil(_ -> assertThat(isHidden("parts")).isFalse());
        try (Snapshot snapshot = collection.snapshot()) {
            assertThat(snapshot.chunks()).isZero();
            assertThat(snapshot.reader().numDocs()).isZero();
        }
    }
}
