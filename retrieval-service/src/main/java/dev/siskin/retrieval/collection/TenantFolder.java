package dev.siskin.retrieval.collection;

import dev.siskin.api.CollectionSpec;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a tenant: its collections, each in a folder of its own. Its monitor is held while one appears or
 * disappears, which takes moments; what takes longer, as the last copy of a re-embedding does, holds the lock of its
 * collection alone. That lock is taken before the monitor. Reading takes neither.
 */
final class TenantFolder {
    private static final Logger LOG = LoggerFactory.getLogger(TenantFolder.class);

    private static final String CREATING = ".creating-";
    private static final String DELETING = ".deleting-";

    /**
     * Generations that a collection which cannot be read may have counted to since the last one known: more than commits
     * can make, and thousands of times exact in a JSON number.
     */
    private static final long UNREADABLE_GENERATIONS = 1L << 40;

    private final String tenant;
    private final Path folder;
    private final Function<Path, Directory> directories;
    private final Maker maker;
    private final ConcurrentSkipListMap<String, StoredCollection> collections = new ConcurrentSkipListMap<>();

    /** Why collections that are on disk cannot be served, by name. */
    private final ConcurrentSkipListMap<String, String> damaged = new ConcurrentSkipListMap<>();

    private RetiredGenerations retired;

    /** How often generations of deleted collections were lost with a damaged file. */
    private final int forgotten;

    /** Makes what stands for a collection on disk. */
    @FunctionalInterface
    interface Maker {
        StoredCollection make(CollectionKey key, CollectionManifest manifest, long generation);
    }

    private TenantFolder(String tenant, Path folder, Function<Path, Directory> directories, Maker maker)
            throws IOException {
        this.tenant = tenant;
        this.folder = folder;
        this.retired = RetiredGenerations.readOrSetAside(folder);
        this.forgotten = RetiredGenerations.setAside(folder);
        this.directories = directories;
        this.maker = maker;
    }

    /**
     * Reads what there is, and removes what a dead process left half done.
     *
     * @param directories opens the folder of an index
     */
    static TenantFolder read(String tenant, Path folder, Function<Path, Directory> directories, Maker maker)
            throws IOException {
        var read = new TenantFolder(tenant, folder, directories, maker);
        for (Path one : foldersOf(folder)) {
            String name = one.getFileName().toString();
            if (name.startsWith(CREATING) || name.startsWith(DELETING)) {
                LOG.info("removing {}, half done when the last process ended", one);
                DurableFiles.deleteTree(one);
            } else if (CollectionSpec.NAME.matcher(name).matches()) {
                read.read(name, one);
            }
        }
        return read;
    }

    /** The others are served where one cannot be read; whoever asks for that one is told why. */
    private void read(String name, Path home) {
        try {
            CollectionManifest manifest = CollectionManifest.read(home);
            removeOtherIndexes(home, manifest);
            try (Directory directory = directories.apply(home.resolve(manifest.index()))) {
                SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
                long generation = CommitRecord.of(commit.getUserData()).generation();
                collections.put(name, maker.make(key(name), manifest, generation));
            }
        } catch (IOException | RuntimeException unreadable) {
            LOG.error("collection cannot be served, it cannot be read: {}: {}", home, unreadable.toString());
            damaged.put(name, unreadable(name, unreadable));
        }
    }

    /** What is left of a switch that ended half-way, before it or after. */
    private static void removeOtherIndexes(Path folder, CollectionManifest manifest) throws IOException {
        for (Path other : foldersOf(folder)) {
            String name = other.getFileName().toString();
            if (CollectionManifest.INDEX.matcher(name).matches() && !name.equals(manifest.index())) {
                LOG.info("removing {}, which the collection does not use", other);
                DurableFiles.deleteTree(other);
            }
        }
    }

    /** What is wrong, and the ways back; a path on this machine is nobody's business. */
    static String unreadable(String name, Exception failure) {
        return "collection '%s' cannot be read: %s; restore it from a snapshot, or delete it and index again"
                .formatted(name, DamagedFile.named(failure));
    }

    static List<Path> foldersOf(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.filter(Files::isDirectory).sorted().toList();
        }
    }

    private CollectionKey key(String name) {
        return new CollectionKey(tenant, name);
    }

    private Path staging(String prefix, String name) {
        return folder.resolve(prefix + name + "-" + UUID.randomUUID());
    }

    /** The last generation that a collection of this name may have had; 0 where there was none. */
    private long last(String name) {
        return Math.max(retired.last(name), forgotten * UNREADABLE_GENERATIONS);
    }

    Optional<StoredCollection> find(String name) {
        return Optional.ofNullable(collections.get(name));
    }

    /** By name. */
    Map<String, StoredCollection> collections() {
        return collections;
    }

    /** Throws {@link RetrievalException} {@code UNAVAILABLE} where the collection is on disk and cannot be read. */
    void requireReadable(String name) {
        String damage = damaged.get(name);
        if (damage != null) {
            throw new RetrievalException(RetrievalException.Kind.UNAVAILABLE, damage);
        }
    }

    Map<String, Long> generations() {
        var generations = new TreeMap<String, Long>();
        collections.forEach((name, stored) -> generations.put(name, stored.generation.now()));
        return generations;
    }

    /** A new folder for what is to become a collection; the next start removes it where it is left. */
    Path createStaging(String name) throws IOException {
        Path made = staging(CREATING, name);
        try {
            DurableFiles.createFolder(made);
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        }
        return made;
    }

    /**
     * Creates the collection of the manifest; false where one of that name exists, which is left as it is.
     *
     * @throws IOException where it cannot be written; nothing is left of it then
     */
    synchronized boolean create(String name, CollectionManifest manifest) throws IOException {
        if (collections.containsKey(name)) {
            return false;
        }
        requireReadable(name);
        long generation = last(name) + 1;
        Path unfinished = staging(CREATING, name);
        try {
            DurableFiles.createFolder(unfinished);
            createIndex(unfinished.resolve(manifest.index()), manifest, generation);
            manifest.write(unfinished);
            DurableFiles.move(unfinished, folder.resolve(name));
        } catch (IOException failure) {
            DurableFiles.deleteTree(unfinished);
            throw DiskFull.unless(failure);
        }
        collections.put(name, maker.make(key(name), manifest, generation));
        return true;
    }

    private void createIndex(Path index, CollectionManifest manifest, long generation) throws IOException {
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        DurableFiles.createFolder(index);
        try (Directory directory = directories.apply(index);
                Analyzer analyzer = manifest.analyzer().orElseThrow();
                IndexWriter writer = new IndexWriter(directory, WriterSession.config(analyzer, codec))) {
            writer.setLiveCommitData(
                    new CommitRecord(generation, Map.of()).userData().entrySet());
            writer.commit();
        }
    }

    /**
     * Deletes the collection; false where there is none. Requests under way in it end with an error.
     *
     * @throws RetrievalException {@code DISK_FULL} where its last generation cannot be kept; the collection stays then
     */
    boolean delete(String name) throws IOException {
        Path gone = staging(DELETING, name);
        StoredCollection stored = collections.get(name);
        boolean deleted = stored == null
                ? deleteDamaged(name, gone)
                : stored.remove(() -> retire(name, stored.generation.now(), gone));
        if (deleted) {
            DurableFiles.deleteTree(gone);
        }
        return deleted;
    }

    private synchronized boolean deleteDamaged(String name, Path gone) throws IOException {
        if (!damaged.containsKey(name)) {
            return false;
        }
        retire(name, last(name) + UNREADABLE_GENERATIONS, gone);
        return true;
    }

    private synchronized void retire(String name, long generation, Path to) throws IOException {
        try {
            retired = retired.retire(folder, name, generation);
            DurableFiles.move(folder.resolve(name), to);
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        }
        collections.remove(name);
        damaged.remove(name);
    }

    /**
     * Puts another index in the place of a collection's, see {@link Collections#replace}.
     *
     * @param known a generation that the name is known to have had elsewhere; 0 for none
     */
    boolean replace(String name, long known, Collections.Succession succession) throws IOException {
        try {
            while (true) {
                StoredCollection stored = collections.get(name);
                Optional<Boolean> replaced = stored == null
                        ? createWhereFree(name, known, succession)
                        : stored.replace(
                                open -> succeed(stored, open, known, succession),
                                manifest -> removeReplaced(folder.resolve(name), manifest));
                if (replaced.isPresent()) {
                    return replaced.get();
                }
            }
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        }
    }

    private Optional<Collections.Successor> succeed(
            StoredCollection stored, Optional<Collection> open, long known, Collections.Succession succession)
            throws IOException {
        Path home = folder.resolve(stored.key.name());
        try {
            Optional<Collections.Successor> next =
                    succession.prepare(open, home, Math.max(known, stored.generation.now()) + 1);
            if (next.isPresent()) {
                next.get().manifest().write(home);
            }
            return next;
        } catch (IOException failure) {
            stored.manifest().write(home); // the move may be done and only its sync have failed
            removeOtherIndexes(home, stored.manifest());
            throw failure;
        }
    }

    /** Those who read the old index go on: a mapped file stays until the last of them lets go of it. */
    private static void removeReplaced(Path folder, CollectionManifest manifest) {
        try {
            removeOtherIndexes(folder, manifest);
        } catch (IOException left) {
            LOG.warn("{} keeps an index that is not used until the next start: {}", folder, left.toString());
        }
    }

    /** Empty where the name is taken meanwhile. */
    private synchronized Optional<Boolean> createWhereFree(String name, long known, Collections.Succession succession)
            throws IOException {
        return collections.containsKey(name) ? Optional.empty() : Optional.of(createWith(name, known, succession));
    }

    private boolean createWith(String name, long known, Collections.Succession succession) throws IOException {
        Path home = folder.resolve(name);
        boolean unreadable = Files.exists(home);
        Path made = unreadable ? home : staging(CREATING, name);
        long least = Math.max(known, last(name)) + (unreadable ? UNREADABLE_GENERATIONS : 1);
        try {
            DurableFiles.createFolder(made);
            Optional<Collections.Successor> next = succession.prepare(Optional.empty(), made, least);
            if (next.isEmpty()) {
                return false;
            }
            CollectionManifest manifest = next.get().manifest();
            manifest.write(made);
            if (!unreadable) {
                DurableFiles.move(made, home);
            }
            removeReplaced(home, manifest);
            collections.put(name, maker.make(key(name), manifest, next.get().generation()));
            damaged.remove(name);
            return true;
        } finally {
            if (!unreadable) {
                DurableFiles.deleteTree(made);
            }
        }
    }

    /** Closes every collection, committing what is not committed. */
    void stop() {
        collections.values().forEach(StoredCollection::stop);
        collections.clear();
    }
}
