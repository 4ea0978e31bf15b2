package dev.siskin.retrieval.collection;

import dev.siskin.api.CollectionInfo.BytesOnDisk;
import dev.siskin.retrieval.codec.CollectionCodec;
import dev.siskin.retrieval.codec.IndexBytes;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.IOUtils;

/**
 * One collection, open: its index files are mapped, and its Lucene writer is opened by the first write. Thread-safe.
 *
 * <p>Heap: some kilobytes a segment, and while it is written to up to {@value WriterSession#RAM_BUFFER_MB} MB of
 * documents and the graph of one merge. The mapped files are page cache.
 */
public final class Collection {
    private static final Cleaner UNUSED = Cleaner.create();

    private final CollectionKey key;
    private final CollectionManifest manifest;
    private final Path folder;
    private final Directory directory;
    private final Analyzer analyzer;
    private final SearcherManager searchers;
    private final CollectionWriter writer;
    private final GenerationClock generation;

    private Collection(
            CollectionKey key,
            CollectionManifest manifest,
            Path folder,
            Directory directory,
            Analyzer analyzer,
            SearcherManager searchers,
            CollectionCodec codec,
            GenerationClock generation,
            Function<Runnable, Runnable> afterMerge) {
        this.key = key;
        this.manifest = manifest;
        this.folder = folder;
        this.directory = directory;
        this.analyzer = analyzer;
        this.searchers = searchers;
        this.generation = generation;
        this.writer = new CollectionWriter(
                directory, analyzer, codec, searchers, afterMerge.apply(this::publishMerges), generation::advance);
    }

    /** @param afterMerge wraps what publishes finished merges so that it runs on a thread of its own */
    static Collection open(
            CollectionKey key,
            CollectionManifest manifest,
            Path folder,
            Directory directory,
            GenerationClock generation,
            Function<Runnable, Runnable> afterMerge)
            throws IOException {
        Analyzer analyzer = manifest.analyzer()
                .orElseThrow(() ->
                        new IOException("%s: no analyzer for language=%s, analysis=%s; use the release that wrote it"
                                .formatted(folder, manifest.spec().language(), manifest.analysis())));
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        try {
            var searchers = new SearcherManager(directory, new SearcherFactory());
            return new Collection(key, manifest, folder, directory, analyzer, searchers, codec, generation, afterMerge);
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

    public BytesOnDisk bytesOnDisk() throws IOException {
        return IndexBytes.of(directory);
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

    private void publishMerges() {
        writer.publishMerges();
    }

    /** Commits what is not committed and lets go of all files. */
    void close() {
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

    /** Refuses writes; lets go of the files when no request holds this object any more. */
    void retire() {
        writer.retire();
        UNUSED.register(this, closing(searchers, directory, analyzer));
    }

    private void closeFiles() {
        closing(searchers, directory, analyzer).run();
    }

    private static Runnable closing(Closeable... files) {
        return () -> {
            try {
                IOUtils.close(files);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        };
    }
}
