package dev.siskin.indexer.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Where the entries of archives and standard input lie while they are waiting to be read: a temporary folder of this run.
 * What waits is bounded in bytes. Thread-safe.
 */
public final class Spool implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MIB = 1024 * 1024;

    private final TemporaryFolder folder;
    private final int mebibytes;
    private final Semaphore room;
    private final Map<Path, Integer> shares = new HashMap<>();
    private long files;

    /**
     * Makes the folder.
     *
     * @param bytes that may wait
     * @throws UncheckedIOException if it cannot be made
     */
    public Spool(long bytes) {
        try {
            folder = TemporaryFolder.make("indexer");
        } catch (IOException refused) {
            throw new UncheckedIOException("no temporary folder can be made: " + refused.getMessage(), refused);
        }
        mebibytes = Math.max(1, (int) (bytes / MIB));
        room = new Semaphore(mebibytes);
    }

    /** A copy is longer than it may be. */
    public static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLongException(long most) {
            super("has more than %,d bytes".formatted(most));
        }
    }

    /** A copy cannot be written, which is no fault of what is copied. */
    public static final class UnwritableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnwritableException(Path folder, IOException failure) {
            super(
                    "there is no writing to the temporary folder %s: %s".formatted(folder, failure.getMessage()),
                    failure);
        }
    }

    /**
     * Copies a stream to its end.
     *
     * @throws UnwritableException if the copy cannot be written
     * @throws TooLongException if it has more bytes than it may; nothing is kept then
     */
    public Path copy(InputStream in, long most) throws IOException {
        Path file = newFile();
        try (OutputStream out = open(file)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            long bytes = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                bytes += read;
                if (bytes > most) {
                    throw new TooLongException(most);
                }
                write(buffer, read, out);
            }
            return file;
        } catch (IOException | RuntimeException failure) {
            Files.deleteIfExists(file);
            throw failure;
        }
    }

    private OutputStream open(Path file) throws UnwritableException {
        try {
            return Files.newOutputStream(file);
        } catch (IOException failure) {
            throw new UnwritableException(folder.path(), failure);
        }
    }

    private void write(byte[] buffer, int length, OutputStream out) throws UnwritableException {
        try {
            out.write(buffer, 0, length);
        } catch (IOException full) {
            throw new UnwritableException(folder.path(), full);
        }
    }

    private synchronized Path newFile() {
        return folder.path().resolve(Long.toString(files++));
    }

    /** Waits until there is room for a copy among those that wait. */
    public void admit(SourceFile file, long bytes) throws InterruptedException {
        if (file.isOwnCopy()) {
            room.acquire(mebibytes(bytes));
        }
    }

    /** Says that a copy that was admitted is not waiting any more. */
    public void release(SourceFile file, long bytes) {
        if (file.isOwnCopy()) {
            room.release(mebibytes(bytes));
        }
    }

    /** A copy larger than the room waits alone. */
    private int mebibytes(long bytes) {
        return (int) Math.min(mebibytes, 1 + bytes / MIB);
    }

    /**
     * Removes a document's copy; one that several records are read from goes with the last of them, and standard input
     * with the run. Leaves alone what is no copy.
     */
    public void discard(SourceFile file) {
        if (file.isOwnCopy()) {
            delete(file.path());
        } else if (file.isCopy()) {
            letGo(file.path());
        }
    }

    /** Makes a copy one that is removed when all who need it have let go of it, the caller first among them. */
    synchronized void share(Path copy) {
        shares.put(copy, 1);
    }

    /** Keeps the copy that a record is read from until the record is discarded. */
    synchronized void retain(SourceFile record) {
        shares.computeIfPresent(record.path(), (_, count) -> count + 1);
    }

    synchronized void letGo(Path copy) {
        Integer count = shares.get(copy);
        if (count == null) {
            return;
        }
        if (count > 1) {
            shares.put(copy, count - 1);
        } else {
            shares.remove(copy);
            delete(copy);
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException remains) {
            // The folder goes at the end.
            return;
        }
    }

    /** Removes all copies and forgets what waits: between two runs, when nobody reads any. */
    public void clear() {
        try (var copies = Files.newDirectoryStream(folder.path(), "[0-9]*")) {
            copies.forEach(Spool::delete);
        } catch (IOException | DirectoryIteratorException remains) {
            // The folder goes at the end.
            return;
        } finally {
            forgetShares();
            room.drainPermits();
            room.release(mebibytes);
        }
    }

    private synchronized void forgetShares() {
        shares.clear();
    }

    /** Removes the folder. */
    @Override
    public void close() {
        folder.close();
    }
}
