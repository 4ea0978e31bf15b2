package dev.siskin.retrieval.collection;

import dev.siskin.embedding.ModelFingerprint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.lucene.store.Directory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All collections on disk, by tenant and name.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 * &lt;root&gt;/.lock                           held by the one process that uses the folder
 * &lt;root&gt;/.scratch-…                      nothing to keep: removed at the next start
 * &lt;root&gt;/&lt;tenant&gt;/.generations.json       {@link RetiredGenerations}
 * &lt;root&gt;/&lt;tenant&gt;/.generations.damaged-N     one of those that could not be read
 * &lt;root&gt;/&lt;tenant&gt;/&lt;name&gt;/manifest.json    {@link CollectionManifest}
 * &lt;root&gt;/&lt;tenant&gt;/&lt;name&gt;/index…/          Lucene's files; one that no manifest names is removed at the next start
 * &lt;root&gt;/&lt;tenant&gt;/.creating-…  .deleting-… half done when the process died: removed at the next start
 * </pre>
 *
 * <p>A collection appears and disappears by the renaming of its folder, so that it is there whole or not at all.
 *
 * <h2>Opening and closing</h2>
 *
 * At start only the manifest and the generation of each are read; an index is opened by the first request that needs it,
 * without others waiting, and closed again when nobody has used it for a while or others need its place, see {@link
 * CollectionLimits}. A collection that is not open costs some hundred bytes of heap.
 */
public final class Collections implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collections.class);
    /** How the names of folders begin that hold nothing to keep: removed at start. */
    public static final String SCRATCH = ".scratch-";

    private static final Duration MOST_BETWEEN_LOOKS = Duration.ofSeconds(30);

    private final Path root;
    private final Function<Path, Directory> directories;
    private final FileChannel lockFile;
    private final OpenCollections open;
    private final ConcurrentSkipListMap<String, TenantFolder> tenants = new ConcurrentSkipListMap<>();
    /** Those of most collections are equal: one copy of each is kept. */
    private final ConcurrentHashMap<ModelFingerprint, ModelFingerprint> fingerprints = new ConcurrentHashMap<>();

    private final WriteHeap heap;
    private final HeapTrim heapTrim;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("housekeeping").daemon().factory());

    private final ScheduledFuture<?> looks;
    private final ScheduledFuture<?> tidying;

    private Collections(
            Path root, CollectionLimits limits, Function<Path, Directory> directories, FileChannel lockFile) {
        this.root = root;
        this.directories = directories;
        this.lockFile = lockFile;
        this.open = new OpenCollections(limits);
        this.heap = WriteHeap.ofThisProcess(limits.merges());
        this.heapTrim = HeapTrim.ofThisProcess();
        long millis = Math.clamp(limits.idle().toMillis() / 2, 1, MOST_BETWEEN_LOOKS.toMillis());
        looks = housekeeping.scheduleWithFixedDelay(this::closeIdle, millis, millis, TimeUnit.MILLISECONDS);
        long seconds = CollectionWriter.QUIET.toSeconds();
        tidying = housekeeping.scheduleWithFixedDelay(this::tidy, seconds, seconds, TimeUnit.SECONDS);
    }

    private void tidy() {
        for (TenantFolder tenant : tenants.values()) {
            tenant.collections().values().forEach(StoredCollection::tidy);
        }
        heapTrim.trim(heap.haveMergesEnded());
    }

    /** {@link #open(Path, CollectionLimits)} with the usual limits. */
    public static Collections open(Path root) throws IOException {
        return open(root, CollectionLimits.defaults());
    }

    /** Takes the folder, creating it where it is missing. */
    public static Collections open(Path root, CollectionLimits limits) throws IOException {
        return open(root, limits, IndexDirectory::open);
    }

    static Collections open(Path root, Function<Path, Directory> directories) throws IOException {
        return open(root, CollectionLimits.defaults(), directories);
    }

    /**
     * Takes the folder, removes what a dead process left half done, and reads the generations.
     *
     * @param directories opens the folder of an index
     * @throws IOException in one line where the folder cannot be used or another process uses it
     */
    static Collections open(Path root, CollectionLimits limits, Function<Path, Directory> directories)
            throws IOException {
        FileChannel lockFile = lock(root);
        var collections = new Collections(root, limits, directories, lockFile);
        try {
            for (Path folder : TenantFolder.foldersOf(root)) {
                collections.scan(folder);
            }
            return collections;
        } catch (IOException | RuntimeException failure) {
            collections.close();
            throw failure;
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel channel;
        try {
            DurableFiles.createFolder(root);
            channel = FileChannel.open(root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException unusable) {
            throw new IOException(
                    "the data folder cannot be written: %s (%s); make it writable or name another"
                            .formatted(root, unusable),
                    unusable);
        }
        FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            LOG.debug("this process holds the folder already", sameProcess);
        }
        if (held == null) {
            channel.close();
            throw new IOException(
                    "another retrieval-service uses the data folder: %s; stop it or name another".formatted(root));
        }
        return channel;
    }

    private void scan(Path folder) throws IOException {
        String name = folder.getFileName().toString();
        if (name.startsWith(SCRATCH)) {
            DurableFiles.deleteTree(folder);
        } else {
            tenants.put(name, TenantFolder.read(name, folder, directories, this::stored));
        }
    }

    private StoredCollection stored(CollectionKey key, CollectionManifest manifest, long generation) {
        ModelFingerprint embedder = fingerprints.computeIfAbsent(manifest.embedder(), Function.identity());
        return new StoredCollection(
                key, manifest.withEmbedder(embedder), new GenerationClock(generation), open, this::openIndex);
    }

    /** A tenant's collections and their generations, by name; opens nothing. */
    public Map<String, Long> generations(String tenant) {
        TenantFolder folder = tenants.get(tenant);
        return folder == null ? Map.of() : folder.generations();
    }

    /** Throws {@link RetrievalException} {@code IMPOSSIBLE} where there is no analyzer for a language. */
    public static void requireLanguage(String language) {
        if (!Analysis.languages().contains(language)) {
            throw new RetrievalException(
                    RetrievalException.Kind.IMPOSSIBLE,
                    "language must be one of %s: language=%s".formatted(Analysis.languages(), language));
        }
    }

    /** Every collection there is, of all tenants. */
    public List<CollectionKey> keys() {
        return tenants.entrySet().stream()
                .flatMap(tenant -> tenant.getValue().collections().keySet().stream()
                        .map(name -> new CollectionKey(tenant.getKey(), name)))
                .toList();
    }

    /** The tenants that have, or had, a collection. */
    public Set<String> tenants() {
        return tenants.keySet();
    }

    /** Where a tenant's collections lie; there where the tenant has, or had, one. */
    public Path folderOf(String tenant) {
        return root.resolve(tenant);
    }

    /** A new folder beside a tenant's collections, for what is to become one; the next start removes it where it is left. */
    public Path createStaging(CollectionKey key) throws IOException {
        return tenantToWrite(key.tenant()).createStaging(key.name());
    }

    /** Collections of all tenants. */
    public int count() {
        return tenants.values().stream()
                .mapToInt(tenant -> tenant.collections().size())
                .sum();
    }

    /** Collections that are open. */
    public int openCount() {
        return open.count();
    }

    /** How often a collection was opened, since the start. */
    public long openings() {
        return open.openings();
    }

    /** Closes the collections that nobody has used for the idle time. */
    void closeIdle() {
        try {
            open.closeIdle();
        } catch (RuntimeException failure) {
            LOG.error("idle collections were not closed: {}", failure.toString()); // and are looked at again
        }
    }

    /**
     * A collection's manifest; empty where there is none. Opens nothing.
     *
     * @throws RetrievalException {@code UNAVAILABLE} where it is on disk and cannot be read
     */
    public Optional<CollectionManifest> manifest(CollectionKey key) {
        requireReadable(key);
        return find(key).map(StoredCollection::manifest);
    }

    /** What a collection holds, without keeping it open for that; empty where there is none. */
    public Optional<Counts> counts(CollectionKey key) throws IOException {
        Optional<StoredCollection> stored = find(key);
        return stored.isEmpty() ? Optional.empty() : stored.get().counts();
    }

    /** The collection, to be closed, where it is open already; does not block. */
    public Optional<Collection> getWhereOpen(CollectionKey key) {
        return find(key).flatMap(StoredCollection::leaseWhereOpen);
    }

    /** Whether there is such a collection that can be read. Opens nothing. */
    public boolean has(CollectionKey key) {
        return find(key).isPresent();
    }

    private void requireReadable(CollectionKey key) {
        TenantFolder tenant = tenants.get(key.tenant());
        if (tenant != null) {
            tenant.requireReadable(key.name());
        }
    }

    /**
     * The collection, opened where it is not; to be closed by the caller.
     *
     * @throws RetrievalException where there is none: {@code NOT_FOUND}; where it cannot be read: {@code UNAVAILABLE}
     */
    public Collection get(CollectionKey key) throws IOException {
        requireReadable(key);
        return find(key).orElseThrow(() -> missing(key)).lease().orElseThrow(() -> missing(key));
    }

    private Optional<StoredCollection> find(CollectionKey key) {
        return Optional.ofNullable(tenants.get(key.tenant())).flatMap(tenant -> tenant.find(key.name()));
    }

    private Collection openIndex(StoredCollection stored) throws IOException {
        CollectionManifest manifest = stored.manifest();
        Path folder =
                root.resolve(stored.key.tenant()).resolve(stored.key.name()).resolve(manifest.index());
        Directory directory = directories.apply(folder);
        try {
            return Collection.open(
                    stored.key,
                    manifest,
                    folder,
                    directory,
                    stored.generation,
                    heap,
                    InstantSource.system(),
                    this::onHousekeeping);
        } catch (IOException | IllegalArgumentException | IllegalStateException failure) {
            directory.close();
            LOG.error("collection cannot be opened: {}: {}", folder, failure.toString());
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE, TenantFolder.unreadable(stored.key.name(), failure), failure);
        } catch (RuntimeException failure) {
            directory.close();
            throw failure;
        }
    }

    private Runnable onHousekeeping(Runnable task) {
        return () -> {
            try {
                housekeeping.execute(task);
            } catch (RejectedExecutionException stopping) {
                LOG.debug("stopping: merges are published by the next process", stopping);
            }
        };
    }

    /**
     * Creates the collection of the manifest; false where one of that name exists, which is left as it is.
     *
     * @throws IOException where it cannot be written; nothing is left of it then
     */
    public boolean create(CollectionKey key, CollectionManifest manifest) throws IOException {
        return tenantToWrite(key.tenant()).create(key.name(), manifest);
    }

    /**
     * Deletes the collection; false where there is none. Requests under way in it end with an error.
     *
     * @throws RetrievalException {@code DISK_FULL} where its last generation cannot be kept; the collection stays then
     */
    public boolean delete(CollectionKey key) throws IOException {
        TenantFolder tenant = tenants.get(key.tenant());
        return tenant != null && tenant.delete(key.name());
    }

    /** An index that may take a collection's place, as it was left there, or begun; to be closed. */
    public SuccessorIndex openSuccessor(Path folder, CollectionManifest manifest) throws IOException {
        return SuccessorIndex.open(folder, manifest, heap);
    }

    /** Makes what takes a collection's place. */
    @FunctionalInterface
    public interface Succession {
        /**
         * Called while nobody writes to the collection, creates or deletes it.
         *
         * @param open the collection, everything written to it committed; empty where it is not open, unreadable or new
         * @param folder the collection's, in which the new index is to lie beside the old one
         * @param generation the least that the new index may have; greater than any the name ever had here
         * @return what takes its place; empty to leave all as it is
         */
        Optional<Successor> prepare(Optional<Collection> open, Path folder, long generation) throws IOException;
    }

    /**
     * An index that is whole and durable.
     *
     * @param manifest names the folder it lies in
     * @param generation its commit's
     */
    public record Successor(CollectionManifest manifest, long generation) {}

    /**
     * Puts another index in the place of a collection's, or creates the collection with it; false where nothing was made
     * to take its place. From one moment to the next, also for a process that dies: the manifest's move decides. What
     * reads the old index goes on with it; what was writing to it is refused and can be sent again.
     *
     * @param known a generation that the name is known to have had elsewhere; 0 for none
     * @throws RetrievalException {@code DISK_FULL}; all is as it was then
     */
    public boolean replace(CollectionKey key, long known, Succession succession) throws IOException {
        return tenantToWrite(key.tenant()).replace(key.name(), known, succession);
    }

    private TenantFolder tenantToWrite(String name) throws IOException {
        TenantFolder known = tenants.get(name);
        if (known != null) {
            return known;
        }
        synchronized (tenants) {
            TenantFolder tenant = tenants.get(name);
            if (tenant == null) {
                Path folder = root.resolve(name);
                try {
                    DurableFiles.createFolder(folder);
                } catch (IOException failure) {
                    throw DiskFull.unless(failure);
                }
                tenant = TenantFolder.read(name, folder, directories, this::stored);
                tenants.put(name, tenant);
            }
            return tenant;
        }
    }

    private static RetrievalException missing(CollectionKey key) {
        return new RetrievalException(
                RetrievalException.Kind.NOT_FOUND, "there is no collection '%s'".formatted(key.name()));
    }

    /** Closes every collection, committing what is not committed, and lets go of the folder. */
    @Override
    public void close() throws IOException {
        looks.cancel(false);
        tidying.cancel(false);
        housekeeping.close();
        tenants.values().forEach(TenantFolder::stop);
        lockFile.close();
    }
}
