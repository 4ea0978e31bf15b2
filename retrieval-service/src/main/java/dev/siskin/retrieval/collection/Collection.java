package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import dev.siskin.retrieval.codec.IndexBytes;
import dev.siskin.retrieval.codec.PageCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One collection, open: its index files are mapped, and its Lucene writer is opened by the first write. Thread-safe.
 *
 * <p>Whoever gets it from {@link Collections} closes it when done, once: that is a lease, shared with all others who
 * use it. While one is held, the collection is closed only by its deletion and by the stop of the service.
 *
 * <p>Heap: some kilobytes a segment, and while it is written to its part of {@link WriteHeap}. The mapped files are page
 * cache.
 */
public final class Collection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collection.class);

    /** Leases of a collection that gives none any more: far below zero, however many are still given back. */
    private static final int RETIRED = Integer.MIN_VALUE / 2;

    private final CollectionKey key;
    private final CollectionManifest manifest;
    private final Path folder;
    private final Directory directory;
    private final Analyzer analyzer;
    private final SearcherManager searchers;
    private final CollectionWriter writer;
    private final GenerationClock generation;
    private final AtomicInteger leases = new AtomicInteger();
    private volatile long lastUsed = System.nanoTime();

    private Collection(
            CollectionKey key,
            CollectionManifest manifest,
            Path folder,
            Directory directory,
            Analyzer analyzer,
            SearcherManager searchers,
            CollectionCodec codec,
            GenerationClock generation,
            WriteHeap heap,
            InstantSource clock,
            Function<Runnable, Runnable> afterMerge) {
        this.key = key;
        this.manifest = manifest;
        this.folder = folder;
        this.directory = directory;
        this.analyzer = analyzer;
        this.searchers = searchers;
        this.generation = generation;
        var sessions = new WriterSessions(
                directory,
                analyzer,
                codec,
                manifest.embedder().dimensions(),
                searchers,
                heap,
                afterMerge.apply(this::publishMerges));
        this.writer = new CollectionWriter(sessions, searchers, heap, clock, generation::advance);
    }

    /**
     * @param heap of all writers of the process
     * @param afterMerge wraps what publishes finished merges so that it runs on a thread of its own
     */
    static Collection open(
            CollectionKey key,
            CollectionManifest manifest,
            Path folder,
            Directory directory,
            GenerationClock generation,
            WriteHeap heap,
            InstantSource clock,
            Function<Runnable, Runnable> afterMerge)
            throws IOException {
        Analyzer analyzer = manifest.analyzer()
                .orElseThrow(() ->
                        new IOException("%s: no analyzer for language=%s, analysis=%s; use the release that wrote it"
                                .formatted(folder, manifest.spec().language(), manifest.analysis())));
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        try {
            var searchers = new SearcherManager(directory, new SearcherFactory());
            return new Collection(
                    key, manifest, folder, directory, analyzer, searchers, codec, generation, heap, clock, afterMerge);
        } catch (IOException | RuntimeException failure) {
            IOUtils.closeWhileHandlingException(analyzer);
            throw failure;
        }
    }

    public CollectionKey key() {
        return key;
    }

    public CollectionManifest manifest() {
        return manifest;
    }

    /** The folder of the index files. */
    public Path folder() {
        return folder;
    }

    /** The analyzer of its language; closed with the collection. */
    public Analyzer analyzer() {
        return analyzer;
    }

    public long generation() {
        return generation.now();
    }

    /** Waits for a generation; false where the time passed first. */
    public boolean awaitGeneration(long wanted, Duration atMost) throws InterruptedException {
        return generation.await(wanted, atMost);
    }

    /** The documents as the last commit left them; to be closed. */
    public Snapshot snapshot() throws IOException {
        try {
            return Snapshot.acquire(searchers);
        } catch (AlreadyClosedException closed) {
            throw new RetrievalException(
                    RetrievalException.Kind.NOT_FOUND, "the collection was deleted meanwhile: " + key.name(), closed);
        }
    }

    /** Bytes of its files. */
    public IndexBytes bytesOnDisk() throws IOException {
        return IndexBytes.of(directory, Directory::fileLength);
    }

    /** Bytes of its files that the page cache holds now; empty where the kernel does not say. */
    public Optional<IndexBytes> bytesResident() {
        return PageCache.ofThisKernel().flatMap(cache -> {
            try {
                return Optional.of(IndexBytes.of(directory, cache::resident));
            } catch (IOException notKnown) {
                LOG.debug("resident bytes are not known", notKnown);
                return Optional.empty();
            }
        });
    }

    public WriteBatch begin() {
        return writer.begin();
    }

    /** Deletes the documents a filter matches, durably; how many. */
    public long deleteMatching(Function<Snapshot, Query> filter) {
        return writer.deleteMatching(filter);
    }

    /** What is done while nobody writes to a collection. */
    @FunctionalInterface
    interface QuietWork<T> {
        T run() throws IOException;
    }

    /** Commits what was written, and does this while nobody writes or commits. */
    <T> T whileQuiet(QuietWork<T> work) throws IOException {
        return writer.whileQuiet(work);
    }

    /**
     * Links the files of a commit that holds everything written so far into an empty folder of the same file system.
     * Index files are written once, so that the links go on holding this commit whatever becomes of the collection, and
     * take no room of their own until it has merged them away.
     */
    public void link(Path target) throws IOException {
        whileQuiet(() -> {
            for (String file : SegmentInfos.readLatestCommit(directory).files(true)) {
                Files.createLink(target.resolve(file), folder.resolve(file));
            }
            return target;
        });
    }

    /** Merges and reclaims what a quiet collection can do without; called now and then. */
    void tidy() {
        writer.tidy();
    }

    private void publishMerges() {
        writer.publishMerges();
    }

    /** Takes a lease; false where it is being closed. */
    boolean lease() {
        int before = leases.getAndUpdate(count -> count < 0 ? count : count + 1);
        return before >= 0;
    }

    /** Gives the lease back. */
    @Override
    public void close() {
        lastUsed = System.nanoTime();
        if (leases.decrementAndGet() == RETIRED) {
            closeFiles();
        }
    }

    /** How long nobody has held a lease; zero while somebody does. */
    Duration unused() {
        return leases.get() == 0 ? Duration.ofNanos(System.nanoTime() - lastUsed) : Duration.ZERO;
    }

    /** Gives no lease any more; false where one is held. */
    boolean retire() {
        return leases.compareAndSet(0, RETIRED);
    }

    /** Refuses writes from here on: another index is taking the place of this one. */
    void refuseWrites() {
        writer.retire();
    }

    /** Gives no lease any more, and lets go of all files when the last one is given back; it refuses writes already. */
    void closeAfterUse() {
        if (leases.addAndGet(RETIRED) == RETIRED) {
            closeFiles();
        }
    }

    /** Whether segments are being merged, which closing would break off. */
    public boolean isMerging() {
        return writer.isMerging();
    }

    /** Counts what the last commit holds. */
    public Counts counts() throws IOException {
        try (Snapshot snapshot = snapshot()) {
            return Counts.of(snapshot);
        }
    }

    /** Commits what is not committed, finished merges too, and counts. */
    Counts commitAndCount() throws IOException {
        writer.whileQuiet(() -> this);
        publishMerges();
        return counts();
    }

    /** Commits what is not committed and lets go of all files. */
    void shut() {
        try {
            writer.close();
        } finally {
            closeFiles();
        }
    }

    /** Lets go of all files; what is not committed is lost. */
    void discard() {
        writer.discard();
        closeFiles();
    }

    private void closeFiles() {
        try {
            IOUtils.close(searchers, directory, analyzer);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
