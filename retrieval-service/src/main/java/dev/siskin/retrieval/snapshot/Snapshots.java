package dev.siskin.retrieval.snapshot;

import dev.siskin.api.SnapshotInfo;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskFull;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.DurableFiles;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.StoredIndex;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.NIOFSDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of all collections.
 *
 * <pre>
 * &lt;root&gt;/&lt;tenant&gt;/.snapshots/&lt;collection&gt;/&lt;id&gt;/            snapshot.json and the files of a Lucene commit
 * &lt;root&gt;/&lt;tenant&gt;/.snapshots/&lt;collection&gt;/.creating-…/     half made: removed at the next start
 * </pre>
 *
 * <p>The files are hard links to those of the index: Lucene writes a file once, so that a link keeps its content whatever
 * merges do, and takes no room until the index has let go of it. The file system remembers them, where a deletion policy
 * of the writer would have to be told again at each start. Writers wait while some dozen links are made. A snapshot
 * outlives its collection. Thread-safe.
 */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final String FOLDER = ".snapshots";
    private static final String CREATING = ".creating-";
    private static final int ATTEMPTS = 3;
    private static final int COPY_BYTES = 64 * 1024;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd't'HHmmss'z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Collections collections;
    private final DiskReserve disk;
    private final int mostOfACollection;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** @param mostOfACollection snapshots that a collection may have */
    public Snapshots(Collections collections, DiskReserve disk, int mostOfACollection, Clock clock) {
        this.collections = collections;
        this.disk = disk;
        this.mostOfACollection = mostOfACollection;
        this.clock = clock;
    }

    /** A snapshot to be sent. */
    public record Download(Path folder, SnapshotInfo info, long tarBytes) {}

    /** Removes what a dead process left half made. */
    public void removeUnfinished() throws IOException {
        for (String tenant : collections.tenants()) {
            for (Path collection : folders(collections.folderOf(tenant).resolve(FOLDER))) {
                for (Path snapshot : folders(collection)) {
                    if (snapshot.getFileName().toString().startsWith(CREATING)) {
                        LOG.info("removing {}, half made when the last process ended", snapshot);
                        DurableFiles.deleteTree(snapshot);
                    }
                }
            }
        }
    }

    /**
     * Makes a snapshot of what is written to a collection by now.
     *
     * @throws RetrievalException where there is no such collection, it has as many snapshots as it may, or the disk is full
     */
    public synchronized SnapshotInfo create(CollectionKey key) throws IOException {
        Path home = home(key);
        long there = folders(home).size();
        if (there >= mostOfACollection) {
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "collection '%s' has %d snapshots, as many as it may; delete one".formatted(key.name(), there));
        }
        disk.require("a snapshot", 0);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        String id = "%s-%08x".formatted(TIME.format(now), random.nextInt());
        for (int attempt = 1; ; attempt++) {
            try (Collection collection = collections.get(key)) {
                return create(collection, home, id, now).info();
            } catch (NoSuchFileException replaced) {
                // the index was replaced after it was looked up
                if (attempt == ATTEMPTS) {
                    throw replaced;
                }
            }
        }
    }

    private SnapshotManifest create(Collection collection, Path home, String id, Instant now) throws IOException {
        Path unfinished = home.resolve(CREATING + id);
        try {
            DurableFiles.createFolder(unfinished);
            collection.link(unfinished);
            SnapshotManifest manifest = describe(collection, unfinished, id, now);
            DurableFiles.write(unfinished.resolve(SnapshotManifest.FILE), manifest.json());
            DurableFiles.move(unfinished, home.resolve(id));
            return manifest;
        } catch (UnsupportedOperationException noLinks) {
            throw new IOException(
                    "the file system of the data folder has no hard links, which snapshots need", noLinks);
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        } finally {
            DurableFiles.deleteTree(unfinished);
        }
    }

    private static SnapshotManifest describe(Collection collection, Path folder, String id, Instant now)
            throws IOException {
        var files = new ArrayList<SnapshotManifest.File>();
        try (Directory directory = new NIOFSDirectory(folder)) {
            for (String name : directory.listAll()) {
                try (IndexInput in = directory.openInput(name, IOContext.READONCE)) {
                    files.add(new SnapshotManifest.File(name, in.length(), CodecUtil.retrieveChecksum(in)));
                }
            }
        }
        var names = new TreeSet<String>();
        files.forEach(file -> names.add(file.name()));
        StoredIndex.Content content = new StoredIndex(folder, collection.manifest()).inspect(names);
        return new SnapshotManifest(
                SnapshotManifest.VERSION,
                id,
                collection.key().name(),
                content.generation(),
                now,
                collection.manifest(),
                files);
    }

    /** The snapshots of a collection that there is or was, oldest first; empty where it has neither. */
    public Optional<List<SnapshotInfo>> list(CollectionKey key) throws IOException {
        var infos = new ArrayList<SnapshotInfo>();
        for (Path folder : folders(home(key))) {
            String id = folder.getFileName().toString();
            if (SnapshotManifest.ID.matcher(id).matches()) {
                read(folder).ifPresent(manifest -> infos.add(manifest.info()));
            }
        }
        return infos.isEmpty() && !collections.has(key) ? Optional.empty() : Optional.of(infos);
    }

    /** A snapshot to be sent; empty where there is none of this id. */
    public Optional<Download> find(CollectionKey key, String id) {
        Path folder = home(key).resolve(id);
        if (!SnapshotManifest.ID.matcher(id).matches() || !Files.isDirectory(folder)) {
            return Optional.empty();
        }
        return read(folder).map(manifest -> {
            long bytes = Tar.sizeOf(manifest.json().length) + (long) Tar.END_BLOCKS * Tar.BLOCK;
            for (SnapshotManifest.File file : manifest.files()) {
                bytes += Tar.sizeOf(file.bytes());
            }
            return new Download(folder, manifest.info(), bytes);
        });
    }

    /** Writes a snapshot's tar: its manifest, then its files. */
    public void send(Download download, OutputStream out) throws IOException {
        SnapshotManifest manifest = read(download.folder()).orElseThrow(() -> new NoSuchFileException("deleted"));
        long modified = manifest.created().getEpochSecond();
        byte[] json = manifest.json();
        out.write(Tar.header(SnapshotManifest.FILE, json.length, modified));
        out.write(json);
        out.write(new byte[Tar.padding(json.length)]);
        for (SnapshotManifest.File file : manifest.files()) {
            out.write(Tar.header(file.name(), file.bytes(), modified));
            copy(download.folder().resolve(file.name()), file.crc32(), out);
            out.write(new byte[Tar.padding(file.bytes())]);
        }
        out.write(new byte[Tar.END_BLOCKS * Tar.BLOCK]);
    }

    /**
     * Copies an index file.
     *
     * @param crc32 of all but its last eight bytes, which hold the same number
     * @throws CorruptIndexException after the last byte, where the disk has not kept what was written: the download breaks
     *     off, so that nobody takes it for a backup
     */
    private static void copy(Path file, long crc32, OutputStream out) throws IOException {
        var counted = new CRC32();
        long footer = 0;
        byte[] buffer = new byte[COPY_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            long left = Files.size(file) - Long.BYTES;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                int before = Math.clamp(left, 0, read);
                counted.update(buffer, 0, before);
                for (int i = before; i < read; i++) {
                    footer = footer << Byte.SIZE | Byte.toUnsignedInt(buffer[i]);
                }
                left -= read;
                out.write(buffer, 0, read);
            }
        }
        if (counted.getValue() != crc32 || footer != crc32) {
            LOG.error("a snapshot is damaged, its download breaks off: {}", file);
            throw new CorruptIndexException("checksum failed", file.toString());
        }
    }

    /** Deletes a snapshot; false where there is none of this id. */
    public synchronized boolean delete(CollectionKey key, String id) throws IOException {
        Path folder = home(key).resolve(id);
        if (!SnapshotManifest.ID.matcher(id).matches() || !Files.isDirectory(folder)) {
            return false;
        }
        Path deleted = home(key).resolve(CREATING + id);
        DurableFiles.move(folder, deleted);
        DurableFiles.deleteTree(deleted);
        return true;
    }

    /** A snapshot that cannot be read is left out and named in the log. */
    private static Optional<SnapshotManifest> read(Path folder) {
        try {
            return Optional.of(SnapshotManifest.read(Files.readAllBytes(folder.resolve(SnapshotManifest.FILE))));
        } catch (IOException | RetrievalException unreadable) {
            LOG.error("snapshot left out, it cannot be read: {}: {}", folder, unreadable.toString());
            return Optional.empty();
        }
    }

    private Path home(CollectionKey key) {
        return collections.folderOf(key.tenant()).resolve(FOLDER).resolve(key.name());
    }

    private static List<Path> folders(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> content = Files.list(folder)) {
            return content.filter(Files::isDirectory).sorted().toList();
        }
    }
}
