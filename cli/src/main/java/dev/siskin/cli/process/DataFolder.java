package dev.siskin.cli.process;

import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A folder of Siskin's data: {@code retrieval/} holds the collections, {@code keys.json} the API keys' digests,
 * {@code service.key} the key between the services, {@code run/} the logs and records of running processes.
 */
public record DataFolder(Path path) {

    /** Makes the folders that commands write to. */
    public void create() {
        try {
            Files.createDirectories(run());
        } catch (IOException refused) {
            throw new CommandFailure("cannot write to the data folder " + path + " (" + refused
                    + "); name another with --data or SISKIN_DATA");
        }
    }

    /** Digests of the API keys; not there = open, on this machine only. */
    public Path keys() {
        return path.resolve("keys.json");
    }

    /** The key the inference service calls the retrieval service with. */
    public Path serviceKey() {
        return path.resolve("service.key");
    }

    /** Logs and records of running processes. */
    public Path run() {
        return path.resolve("run");
    }

    /** Where a service's output goes. */
    public Path log(Service service) {
        return run().resolve(service.module() + ".log");
    }

    /** Who runs a service of this folder. */
    public Path record(Service service) {
        return run().resolve(service.module() + ".json");
    }

    /** Held by the one command that runs the services of a folder; given back when its process ends, however. */
    public static final class Lock implements AutoCloseable {
        private final FileChannel channel;

        private Lock(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException unclosable) {
                throw new CommandFailure("cannot give the data folder's lock back: " + unclosable.getMessage());
            }
        }
    }

    /** Takes the lock; nothing where another command has it. */
    public Optional<Lock> tryLock() {
        create();
        @Nullable FileChannel channel = null;
        try {
            channel = FileChannel.open(run().resolve("up.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new Lock(channel));
            }
            channel.close();
            return Optional.empty();
        } catch (OverlappingFileLockException ownProcess) {
            return Optional.empty();
        } catch (IOException refused) {
            throw new CommandFailure("cannot lock the data folder " + path + " (" + refused
                    + "); name another with --data or SISKIN_DATA");
        }
    }
}
