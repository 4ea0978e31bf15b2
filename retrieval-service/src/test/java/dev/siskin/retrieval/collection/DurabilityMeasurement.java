package dev.siskin.retrieval.collection;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Many small writers, one document of one chunk with its vector a request, answered when it is durable and visible: by a
 * Lucene commit that waiting writers share, as {@link CollectionWriter} does it, against a prototype of the other way, a
 * log that waiting writers sync together, with a refresh for each group and a commit now and then. Prints a table; {@code
 * docs/internals/0002-durability-by-commit.md} has the command and a run.
 *
 * <p>Arguments: folder, seconds a run.
 */
final class DurabilityMeasurement {
    private static final int DIMENSIONS = 384;
    private static final int[] WRITERS = {1, 4, 16, 64};
    private static final long LOG_BYTES_BETWEEN_COMMITS = 16L << 20;
    private static final ModelFingerprint MODEL = new ModelFingerprint(
            ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", DIMENSIONS, 512, true, List.of());

    private final AtomicLong syncs = new AtomicLong();
    private final AtomicLong stored = new AtomicLong();

    private DurabilityMeasurement() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int seconds = Integer.parseInt(args[1]);
        System.out.println("| writers | way | docs/s | p50 ms | p99 ms | syncs a doc | recovery ms |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (int writers : WRITERS) {
            new DurabilityMeasurement().byCommit(folder.resolve("commit-" + writers), writers, seconds);
            new DurabilityMeasurement().byLog(folder.resolve("log-" + writers), writers, seconds);
        }
    }

    private interface Store {
        void store(PreparedDocument document) throws IOException;
    }

    /** Documents are added one at a time, as by the log: Lucene makes a segment for each thread that adds at once. */
    private void byCommit(Path folder, int writers, int seconds) throws Exception {
        var key = new CollectionKey("default", "docs");
        try (Collections collections = Collections.open(folder, this::counted)) {
            collections.create(
                    key,
                    CollectionManifest.of(
                            "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH));
            Collection collection = collections.get(key);
            String row = run("commit", writers, seconds, document -> {
                WriteBatch batch = collection.begin();
                synchronized (this) {
                    batch.put(document);
                }
                batch.commit();
            });
            // What a kill leaves is the last commit: opening it is all the recovery there is.
            long began = System.nanoTime();
            try (Directory left = counted(folder.resolve("default/docs/index"));
                    SearcherManager searchers = new SearcherManager(left, null);
                    Snapshot snapshot = Snapshot.acquire(searchers)) {
                check(stored.get(), snapshot.documents());
            }
            System.out.printf("%s %.0f |%n", row, millisSince(began));
        }
    }

    private void byLog(Path folder, int writers, int seconds) throws Exception {
        Files.createDirectories(folder);
        try (Analyzer analyzer = Analysis.of("en", Analysis.VERSION).orElseThrow();
                Directory index = counted(folder.resolve("index"))) {
            var log = new Log(folder, index, analyzer);
            String row = run("log", writers, seconds, log::store);
            log.abandon();
            long began = System.nanoTime();
            var again = new Log(folder, index, analyzer);
            double recovery = millisSince(began);
            check(stored.get(), again.documents());
            again.abandon();
            System.out.printf("%s %.0f |%n", row, recovery);
        }
    }

    private static void check(long expected, long found) {
        if (found != expected) {
            throw new IllegalStateException("expected %d documents: %d".formatted(expected, found));
        }
    }

    private String run(String way, int writers, int seconds, Store store) throws Exception {
        run(writers, 2, store);
        syncs.set(0);
        long began = System.nanoTime();
        double[] millis = run(writers, seconds, store);
        double took = millisSince(began) / 1000;
        return "| %d | %s | %.0f | %.1f | %.1f | %.2f |"
                .formatted(
                        writers,
                        way,
                        millis.length / took,
                        millis[millis.length / 2],
                        millis[millis.length * 99 / 100],
                        syncs.get() / (double) millis.length);
    }

    /** Milliseconds each document took, in ascending order. */
    private double[] run(int writers, int seconds, Store store) throws Exception {
        var millis = new ConcurrentLinkedQueue<Double>();
        long until = System.nanoTime() + seconds * 1_000_000_000L;
        var threads = new ArrayList<Thread>();
        for (int writer = 0; writer < writers; writer++) {
            var random = new Random(writer);
            threads.add(Thread.ofPlatform().start(() -> {
                while (System.nanoTime() < until) {
                    PreparedDocument document = document("d" + stored.incrementAndGet(), random);
                    long began = System.nanoTime();
                    try {
                        store.store(document);
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                    millis.add(millisSince(began));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double millisSince(long began) {
        return (System.nanoTime() - began) / 1e6;
    }

    private static PreparedDocument document(String id, Random random) {
        var vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        String text = "the siskin eats alder seeds in winter " + id;
        var chunk = new Chunk(text, null, null, null, 0, text.length(), vector);
        return PreparedDocument.of(
                new Document(id, null, null, "h", Map.of(), List.of(chunk), null), DIMENSIONS, _ -> vector);
    }

    private Directory counted(Path folder) {
        try {
            return new FilterDirectory(new MMapDirectory(folder)) {
                @Override
                public void sync(java.util.Collection<String> names) throws IOException {
                    syncs.addAndGet(names.size());
                    super.sync(names);
                }

                @Override
                public void syncMetaData() throws IOException {
                    syncs.incrementAndGet();
                    super.syncMetaData();
                }
            };
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The other way: as much of it as has to be measured. */
    private final class Log {
        private final Path file;
        private final IndexWriter writer;
        private final SearcherManager searchers;
        private final FileChannel channel;
        private final ReentrantLock groups = new ReentrantLock();
        private long appended;
        private long shown;
        private long committedBytes;

        /** Opens the index as its last commit left it and applies the log to it. */
        Log(Path folder, Directory index, Analyzer analyzer) throws IOException {
            file = folder.resolve("log");
            var heap = WriteHeap.ofThisProcess(true);
            writer = new IndexWriter(
                    new SyncOnceDirectory(index),
                    WriterSession.config(analyzer, CollectionCodec.of(Quantization.INT4))
                            .setRAMBufferSizeMB(heap.bufferMib())
                            .setMergePolicy(new HeapBoundMerges(DIMENSIONS, heap.largestMerge())));
            replay();
            searchers = new SearcherManager(writer, null);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }

        private void replay() throws IOException {
            if (!Files.exists(file)) {
                return;
            }
            try (var in = new DataInputStream(Files.newInputStream(file))) {
                while (true) {
                    Document sent = Json.MAPPER.readValue(in.readNBytes(in.readInt()), Document.class);
                    index(PreparedDocument.of(sent, DIMENSIONS, _ -> new float[DIMENSIONS]));
                }
            } catch (EOFException end) {
                writer.flush();
            }
        }

        private void index(PreparedDocument document) throws IOException {
            writer.updateDocuments(new Term(ChunkSchema.ID, document.id()), ChunkSchema.block(document, Map.of()));
        }

        void store(PreparedDocument document) throws IOException {
            var chunk = document.chunks().getFirst();
            byte[] line = Json.MAPPER.writeValueAsBytes(
                    new Document(document.id(), null, null, document.contentHash(), Map.of(), List.of(chunk), null));
            long mine;
            synchronized (this) {
                index(document);
                var out = new java.io.ByteArrayOutputStream(line.length + Integer.BYTES);
                var framed = new DataOutputStream(out);
                framed.writeInt(line.length);
                framed.write(line);
                Channels.newOutputStream(channel).write(out.toByteArray());
                mine = ++appended;
            }
            groups.lock();
            try {
                if (shown < mine) {
                    long upTo;
                    synchronized (this) {
                        upTo = appended;
                    }
                    syncs.incrementAndGet();
                    channel.force(false);
                    searchers.maybeRefreshBlocking();
                    shown = upTo;
                    commitNowAndThen();
                }
            } finally {
                groups.unlock();
            }
        }

        /** A real log would be cut here; that the whole is kept makes writing no slower. */
        private void commitNowAndThen() throws IOException {
            if (channel.size() - committedBytes > LOG_BYTES_BETWEEN_COMMITS) {
                committedBytes = channel.size();
                writer.commit();
            }
        }

        long documents() throws IOException {
            searchers.maybeRefreshBlocking();
            var searcher = searchers.acquire();
            try {
                return searcher.getIndexReader().docFreq(new Term(ChunkSchema.KIND, ChunkSchema.HEADER));
            } finally {
                searchers.release(searcher);
            }
        }

        /** As a kill leaves it. */
        void abandon() throws IOException {
            searchers.close();
            channel.close();
            writer.rollback();
        }
    }
}
