package dev.siskin.retrieval.snapshot;

import static dev.siskin.retrieval.snapshot.SnapshotManifest.impossible;
import static dev.siskin.retrieval.snapshot.SnapshotManifest.malformed;

import dev.siskin.api.RestoreSummary;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskFull;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.DurableFiles;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.collection.StoredDocuments;
import dev.siskin.retrieval.collection.StoredIndex;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One restore of a collection from a tar that may come from anywhere.
 *
 * <p>{@link #receive} takes the tar as hostile: its manifest comes first and names every file, whose name is one of
 * Lucene's; what it does not name, or names twice, is refused, and so are a byte too many and a checksum that differs. The
 * disk's reserve is kept while bytes come in; 64 KiB of them are in memory. {@link #takePlace} opens what was received
 * before it goes live, and then changes places with the collection in one step. Until then nothing of the collection is
 * touched, and {@link #close} leaves nothing behind. For one thread at a time.
 */
public final class Restore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAX_MANIFEST_BYTES = 8 << 20;
    private static final long LOOK_AT_DISK_EVERY_BYTES = 16L << 20;

    /** Lucene's checksum does not count itself. */
    private static final int CHECKSUM_BYTES = Long.BYTES;

    private final Collections collections;
    private final CollectionKey key;
    private final DiskReserve disk;
    private final Path staging;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private Optional<SnapshotManifest> received = Optional.empty();
    private long sinceDiskWasLookedAt;

    private Restore(Collections collections, CollectionKey key, DiskReserve disk, Path staging) {
        this.collections = collections;
        this.key = key;
        this.disk = disk;
        this.staging = staging;
    }

    /** Begins, in a folder that the next start removes where this process dies. */
    public static Restore begin(Collections collections, CollectionKey key, DiskReserve disk) throws IOException {
        return new Restore(collections, key, disk, collections.createStaging(key));
    }

    /**
     * Stores the files of the tar, durably, and checks each against the manifest.
     *
     * @param maxBytes that the files may have together
     * @throws RetrievalException saying what is wrong with the tar, or that the disk is full
     */
    public void receive(InputStream body, long maxBytes) throws IOException {
        try {
            var tar = new TarReader(body);
            SnapshotManifest manifest = manifest(tar);
            if (manifest.bytes() > maxBytes) {
                throw new RetrievalException(
                        RetrievalException.Kind.TOO_LARGE,
                        "a snapshot may have %,d bytes here: %,d; raise retrieval.restore.max.bytes"
                                .formatted(maxBytes, manifest.bytes()));
            }
            disk.require("the snapshot", manifest.bytes());
            DurableFiles.createFolder(index());
            var missing = new HashMap<String, SnapshotManifest.File>();
            manifest.files().forEach(file -> missing.put(file.name(), file));
            for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                SnapshotManifest.File file = missing.remove(entry.get().name());
                if (file == null || file.bytes() != entry.get().bytes()) {
                    throw malformed(
                            "the tar holds a file that %s does not name, or names with another length: '%s', %,d bytes"
                                    .formatted(
                                            SnapshotManifest.FILE,
                                            printable(entry.get().name()),
                                            entry.get().bytes()));
                }
                store(tar, file);
            }
            if (!missing.isEmpty()) {
                throw malformed("the tar lacks %d files, one of them '%s'"
                        .formatted(missing.size(), missing.keySet().iterator().next()));
            }
            IOUtils.fsync(index(), true);
            received = Optional.of(manifest);
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        }
    }

    private SnapshotManifest manifest(TarReader tar) throws IOException {
        Optional<TarReader.Entry> first = tar.next();
        if (first.isEmpty()
                || !first.get().name().equals(SnapshotManifest.FILE)
                || first.get().bytes() > MAX_MANIFEST_BYTES) {
            throw malformed("the tar must begin with %s of at most %,d bytes; send one that GET …/snapshots/{id} gave"
                    .formatted(SnapshotManifest.FILE, MAX_MANIFEST_BYTES));
        }
        var json = new ByteArrayOutputStream();
        for (int read = tar.read(buffer); read >= 0; read = tar.read(buffer)) {
            json.write(buffer, 0, read);
        }
        return SnapshotManifest.read(json.toByteArray());
    }

    private void store(TarReader tar, SnapshotManifest.File file) throws IOException {
        var crc = new CRC32();
        long counted = file.bytes() - CHECKSUM_BYTES;
        try (FileChannel out = FileChannel.open(
                index().resolve(file.name()), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = tar.read(buffer); read >= 0; read = tar.read(buffer)) {
                int counts = (int) Math.min(read, counted);
                crc.update(buffer, 0, counts);
                counted -= counts;
                write(out, read);
            }
            out.force(true);
        }
        if (crc.getValue() != file.crc32()) {
            throw malformed("the tar is damaged: '%s' has the checksum %08x, not %08x"
                    .formatted(file.name(), crc.getValue(), file.crc32()));
        }
    }

    private void write(FileChannel out, int length) throws IOException {
        sinceDiskWasLookedAt += length;
        if (sinceDiskWasLookedAt >= LOOK_AT_DISK_EVERY_BYTES) {
            disk.require("going on with the restore", 0);
            sinceDiskWasLookedAt = 0;
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /**
     * Checks that what was received is an index of ours, and puts it in the collection's place, or creates the collection.
     *
     * @throws RetrievalException {@code IMPOSSIBLE} where it is not; the collection is as it was
     */
    public RestoreSummary takePlace() throws IOException {
        SnapshotManifest snapshot = received.orElseThrow(() -> new IllegalStateException("nothing was received"));
        CollectionManifest manifest = snapshot.manifest();
        var index = new StoredIndex(index(), manifest);
        StoredIndex.Content content = inspect(index, snapshot);
        boolean created = !collections.has(key);
        var generation = new AtomicLong();
        // Open, so that the parts of documents that are coming to it are seen.
        try (Collection _ = opened()) {
            collections.replace(key, content.generation(), (open, home, least) -> {
                commitAs(index, least, comingTo(open, content));
                String name = CollectionManifest.nextIndex(home);
                DurableFiles.move(index(), home.resolve(name));
                generation.set(least);
                return Optional.of(new Collections.Successor(manifest.at(key.name(), name), least));
            });
        }
        return new RestoreSummary(key.name(), created, generation.get(), content.documents(), content.chunks());
    }

    /** The collection that is to be replaced; null where there is none that can be read. */
    private @Nullable Collection opened() {
        try {
            return collections.get(key);
        } catch (IOException | RuntimeException none) {
            LOG.debug("there is no collection to be replaced that can be read", none);
            return null;
        }
    }

    private static Map<String, Integer> comingTo(Optional<Collection> replaced, StoredIndex.Content content) {
        var coming = new HashMap<>(content.coming());
        if (replaced.isPresent()) {
            try (Snapshot snapshot = replaced.get().snapshot()) {
                coming.putAll(new StoredDocuments(snapshot).coming());
            } catch (IOException | RuntimeException damaged) {
                LOG.warn("what was coming to the collection that is replaced is not known: {}", damaged.toString());
            }
        }
        return coming;
    }

    private static void commitAs(StoredIndex index, long generation, Map<String, Integer> coming) throws IOException {
        try {
            index.commitAs(generation, coming);
        } catch (IllegalArgumentException | IllegalStateException unusable) {
            throw impossible("the snapshot cannot be used: " + firstLine(unusable));
        }
    }

    /** What Lucene does with hostile files is anything but an orderly end. */
    private StoredIndex.Content inspect(StoredIndex index, SnapshotManifest snapshot) {
        try {
            checkFooters(snapshot);
            StoredIndex.Content content = index.inspect(snapshot.names());
            if (content.generation() != snapshot.generation()) {
                throw new IOException("the index is of generation %d, its manifest says %d"
                        .formatted(content.generation(), snapshot.generation()));
            }
            return content;
        } catch (IOException | RuntimeException | AssertionError unusable) {
            throw impossible("the snapshot cannot be used: " + firstLine(unusable));
        }
    }

    private void checkFooters(SnapshotManifest snapshot) throws IOException {
        Map<String, Long> checksums = new HashMap<>();
        snapshot.files().forEach(file -> checksums.put(file.name(), file.crc32()));
        try (Directory directory = new NIOFSDirectory(index())) {
            for (Map.Entry<String, Long> file : checksums.entrySet()) {
                try (IndexInput in = directory.openInput(file.getKey(), IOContext.READONCE)) {
                    long stored = CodecUtil.retrieveChecksum(in);
                    if (stored != file.getValue()) {
                        throw new IOException("'%s' says of itself that its checksum is %08x, not %08x"
                                .formatted(file.getKey(), stored, file.getValue()));
                    }
                }
            }
        }
    }

    private Path index() {
        return staging.resolve(CollectionManifest.FIRST_INDEX);
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return printable(message.lines().findFirst().orElse(""));
    }

    private static String printable(String text) {
        String printable = text.replaceAll("[^ -~]", "?");
        return printable.length() > 300 ? printable.substring(0, 300) + "…" : printable;
    }

    /** Removes what was received and not used. */
    @Override
    public void close() throws IOException {
        DurableFiles.deleteTree(staging);
    }
}
