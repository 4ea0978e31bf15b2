package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How collections are opened by those who ask for them and closed when nobody does. */
class OpeningTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 2, 512, true, List.of());

    @TempDir
    Path data;

    private static CollectionKey key(int number) {
        return new CollectionKey("default", "c" + number);
    }

    private static CollectionManifest manifest(CollectionKey key) {
        return CollectionManifest.of(
                key.name(), new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH);
    }

    private static PreparedDocument document(String id) {
        var chunk = new Chunk("finch", null, null, null, 0, 5, new float[] {1, 2});
        var document = new Document(id, null, null, "h" + id, Map.of(), List.of(chunk), null);
        return PreparedDocument.of(document, 2, text -> new float[2]);
    }

    /** Collections of one document each. */
    private Collections collections(CollectionLimits limits, int count) throws IOException {
        Collections collections = Collections.open(data, limits);
        for (int i = 0; i < count; i++) {
            collections.create(key(i), manifest(key(i)));
            write(collections, key(i), "d");
        }
        return collections;
    }

    private static void write(Collections collections, CollectionKey key, String id) throws IOException {
        try (Collection collection = collections.get(key)) {
            WriteBatch batch = collection.begin();
            batch.put(document(id));
            batch.commit();
        }
    }

    private static boolean isOpen(Collections collections, int number) {
        return collections
                .getWhereOpen(key(number))
                .map(collection -> {
                    collection.close();
                    return true;
                })
                .orElse(false);
    }

    @Test
    void get_whereAsManyAreOpenAsMay_closesTheOneUnusedLongest() throws Exception {
        try (Collections collections = collections(new CollectionLimits(2, NEVER, true), 3)) {
            assertThat(collections.openCount()).isEqualTo(2);
            assertThat(isOpen(collections, 0)).isFalse();
            collections.get(key(1)).close();
            collections.get(key(0)).close();
            assertThat(isOpen(collections, 1)).isTrue();
            assertThat(isOpen(collections, 2)).isFalse();
            assertThat(collections.counts(key(2)))
                    .hasValueSatisfying(counts -> assertThat(counts.documents()).isEqualTo(1));
        }
    }

    @Test
    void get_whereAllAreInUse_opensOneMore() throws Exception {
        try (Collections collections = collections(new CollectionLimits(1, NEVER, true), 2);
                Collection first = collections.get(key(0));
                Collection second = collections.get(key(1))) {
            assertThat(collections.openCount()).isEqualTo(2);
            assertThat(first.counts().documents()).isEqualTo(1);
            assertThat(second.counts().documents()).isEqualTo(1);
        }
    }

    @Test
    void closeIdle_ofACollectionInUse_leavesItOpen() throws Exception {
        try (Collections collections = collections(new CollectionLimits(9, Duration.ZERO, true), 2)) {
            try (Collection inUse = collections.get(key(0))) {
                awaitClosed(collections, 1);
                assertThat(isOpen(collections, 0)).isTrue();
                assertThat(inUse.counts().documents()).isEqualTo(1);
            }
            awaitClosed(collections, 0);
            assertThat(collections.openCount()).isZero();
        }
    }

    /** Housekeeping may have a collection's lock for a moment, and then passes it over. */
    private static void awaitClosed(Collections collections, int number) {
        while (isOpen(collections, number)) {
            collections.closeIdle();
            Thread.onSpinWait();
        }
    }

    @Test
    void closeIdle_ofUncommittedWrites_commitsThem() throws Exception {
        try (Collections collections = collections(new CollectionLimits(9, Duration.ZERO, true), 1)) {
            try (Collection collection = collections.get(key(0))) {
                collection.begin().put(document("uncommitted"));
            }
            collections.closeIdle();
            assertThat(collections.openCount()).isZero();
            try (Collection again = collections.get(key(0));
                    Snapshot snapshot = again.snapshot()) {
                assertThat(snapshot.find("uncommitted")).isPresent();
                assertThat(snapshot.generation()).isEqualTo(3);
            }
        }
    }

    @Test
    void counts_ofAClosedCollection_keepItClosed() throws Exception {
        collections(new CollectionLimits(9, NEVER, true), 1).close();
        try (Collections collections = Collections.open(data, new CollectionLimits(9, NEVER, true))) {
            assertThat(collections.counts(key(0))).contains(new Counts(1, 1, 0, 1, 2));
            assertThat(collections.counts(key(0))).contains(new Counts(1, 1, 0, 1, 2));
            assertThat(collections.openCount()).isZero();
            write(collections, key(0), "e");
            assertThat(collections.counts(key(0)))
                    .hasValueSatisfying(counts -> assertThat(counts.documents()).isEqualTo(2));
            assertThat(collections.counts(key(7))).isEmpty();
        }
    }

    @Test
    void get_ofADeletedCollection_findsNone() throws Exception {
        try (Collections collections = collections(new CollectionLimits(9, NEVER, true), 1);
                Collection held = collections.get(key(0))) {
            assertThat(collections.delete(key(0))).isTrue();
            assertThat(collections.openCount()).isZero();
            assertThatThrownBy(() -> collections.get(key(0))).isInstanceOf(RetrievalException.class);
            assertThatThrownBy(held::snapshot).isInstanceOf(RetrievalException.class);
        }
    }

    @Test
    void get_whileAnotherIsBeingOpened_doesNotWait() throws Exception {
        collections(new CollectionLimits(9, NEVER, true), 2).close();
        var opening = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var started = new CountDownLatch(1);
        try (Collections collections = Collections.open(data, new CollectionLimits(9, NEVER, true), folder -> {
                    if (started.getCount() == 0 && folder.toString().contains("c0")) {
                        opening.countDown();
                        await(goOn);
                    }
                    return mapped(folder);
                });
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            started.countDown();
            Future<Collection> slow = threads.submit(() -> collections.get(key(0)));
            opening.await();
            try (Collection other = collections.get(key(1))) {
                assertThat(other.counts().documents()).isEqualTo(1);
            }
            goOn.countDown();
            slow.get().close();
        }
    }

    @Test
    void closeIdle_whileSegmentsAreMerged_waitsForTheMerge() throws Exception {
        var merging = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (Collections collections = Collections.open(
                data, new CollectionLimits(9, Duration.ZERO, true), folder -> new SlowMerges(folder, merging, goOn))) {
            collections.create(key(0), manifest(key(0)));
            int documents = 0;
            while (merging.getCount() > 0) {
                write(collections, key(0), "d" + documents++);
            }
            collections.closeIdle();
            assertThat(isOpen(collections, 0)).isTrue();
            goOn.countDown();
            while (collections.openCount() > 0) {
                collections.closeIdle();
                Thread.onSpinWait();
            }
            assertThat(collections.counts(key(0)).orElseThrow().documents()).isEqualTo(documents);
            assertThat(collections.counts(key(0)).orElseThrow().segments()).isLessThan(documents);
        }
    }

    @Test
    void collections_openedAndClosedByMany_answerAll() throws Exception {
        int threadCount = 6;
        int rounds = 60;
        try (Collections collections = collections(new CollectionLimits(2, Duration.ZERO, true), 5);
                ExecutorService threads = Executors.newFixedThreadPool(threadCount)) {
            Callable<Integer> work = () -> {
                int answered = 0;
                for (int i = 0; i < rounds; i++) {
                    CollectionKey key = key(ThreadLocalRandom.current().nextInt(5));
                    if (i % 10 == 0) {
                        write(collections, key, Thread.currentThread().getName() + "-" + i);
                    }
                    try (Collection collection = collections.get(key);
                            Snapshot snapshot = collection.snapshot()) {
                        answered += snapshot.find("d").isPresent() ? 1 : 0;
                    }
                    collections.closeIdle();
                }
                return answered;
            };
            var answers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < threadCount; i++) {
                answers.add(threads.submit(work));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(rounds);
            }
            long documents = 0;
            for (int i = 0; i < 5; i++) {
                documents += collections.counts(key(i)).orElseThrow().documents();
            }
            assertThat(documents).isEqualTo(5 + threadCount * rounds / 10);
        }
    }

    private static Directory mapped(Path folder) {
        try {
            return new MMapDirectory(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static final class SlowMerges extends FilterDirectory {
        private final CountDownLatch merging;
        private final CountDownLatch goOn;

        SlowMerges(Path folder, CountDownLatch merging, CountDownLatch goOn) {
            super(mapped(folder));
            this.merging = merging;
            this.goOn = goOn;
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            if (context.context() == IOContext.Context.MERGE) {
                merging.countDown();
                await(goOn);
            }
            return super.createOutput(name, context);
        }
    }

    @Test
    void collection_whoseIndexIsBeingReplaced_holdsUpNoOtherOfItsTenant() throws Exception {
        try (Collections collections = collections(new CollectionLimits(2, NEVER, true), 1);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var begun = new CountDownLatch(1);
            var done = new CountDownLatch(1);
            Future<Boolean> replaced = threads.submit(() -> collections.replace(key(0), 0, (open, folder, least) -> {
                begun.countDown();
                await(done);
                return Optional.empty();
            }));
            begun.await();
            try {
                Future<Boolean> others = threads.submit(() -> {
                    boolean created = collections.create(key(1), manifest(key(1)));
                    return created && collections.delete(key(1));
                });
                assertThat(others.get(1, TimeUnit.MINUTES)).isTrue();
                assertThatThrownBy(() -> collections.delete(key(0)))
                        .isInstanceOf(RetrievalException.class)
                        .hasMessageContaining("try again");
            } finally {
                done.countDown();
            }
            assertThat(replaced.get()).isFalse();
            assertThat(collections.delete(key(0))).isTrue();
            assertThat(collections.has(key(0))).isFalse();
        }
    }
}
