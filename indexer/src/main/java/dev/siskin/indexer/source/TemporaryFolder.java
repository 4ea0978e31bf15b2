package dev.siskin.indexer.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A folder for this process alone, removed when it is closed, or else by a later process: that of one that was killed has
 * nobody who holds its lock. A lock rather than a process id, which says nothing where two containers share the place for
 * temporary files. A process never opens the locks of its own folders a second time: closing one would give up the first.
 * Thread-safe.
 */
public final class TemporaryFolder implements AutoCloseable {
    private static final String LOCK = "lock";

    /** ONNX Runtime makes an empty folder at every start, which a process that is killed leaves behind too. */
    private static final String ANY = "{siskin-indexer-*,siskin-parser-*,onnxruntime-java*}";

    /** In the names of this process's folders. */
    private static final String PROCESS = "-" + java.util.UUID.randomUUID() + "-";

    /** After which an empty folder without a lock is not being made any more. */
    private static final Duration MADE_WITHIN = Duration.ofMinutes(1);

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes a folder, and removes those of this user that nobody has any more.
     *
     * @param of what it is for: "indexer", "parser"
     */
    public static TemporaryFolder make(String of) throws IOException {
        Path path = Files.createTempDirectory("siskin-" + of + PROCESS);
        FileChannel lock = null;
        try {
            lock = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lock.lock();
            if (Files.notExists(path.resolve(LOCK))) {
                // Taken for abandoned by another process in the moment before.
                lock.close();
                return make(of);
            }
            removeAbandoned(path.toAbsolutePath().getParent(), Files.getOwner(path));
            return new TemporaryFolder(path, lock);
        } catch (IOException | RuntimeException failure) {
            if (lock != null) {
                lock.close();
            }
            delete(path);
            throw failure;
        }
    }

    public Path path() {
        return path;
    }

    private static void removeAbandoned(@Nullable Path parent, UserPrincipal user) {
        if (parent == null) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, ANY)) {
            for (Path folder : folders) {
                if (!folder.getFileName().toString().contains(PROCESS)) {
                    removeIfAbandoned(folder, user);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException unknown) {
            // Another run gets them.
            return;
        }
    }

    private static void removeIfAbandoned(Path folder, UserPrincipal user) {
        try {
            boolean isOwn = Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user);
            if (!isOwn) {
                return;
            }
            Path lock = folder.resolve(LOCK);
            if (Files.notExists(lock, LinkOption.NOFOLLOW_LINKS)) {
                if (Files.getLastModifiedTime(folder)
                        .toInstant()
                        .isBefore(Instant.now().minus(MADE_WITHIN))) {
                    Files.delete(folder);
                }
            } else if (isFree(lock)) {
                delete(folder);
            }
        } catch (IOException | UncheckedIOException goneOrInUse) {
            return;
        }
    }

    /** The lock is not kept: who finds it free later finds the same, and no process takes one that it did not make. */
    private static boolean isFree(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            return channel.tryLock() != null;
        }
    }

    /** The lock's file last, so that a folder that is left half is known as one. */
    private static void delete(Path folder) {
        Path lock = folder.resolve(LOCK);
        try (var all = Files.walk(folder)) {
            all.filter(path -> !path.equals(folder) && !path.equals(lock))
                    .sorted(Comparator.reverseOrder())
                    .forEach(Spool::delete);
            Spool.delete(lock);
            Spool.delete(folder);
        } catch (IOException | UncheckedIOException remains) {
            // The next run gets it.
            return;
        }
    }

    /** Removes it with all that is in it. */
    @Override
    public void close() {
        delete(path);
        try {
            lock.close();
        } catch (IOException unlocked) {
            return;
        }
    }
}
