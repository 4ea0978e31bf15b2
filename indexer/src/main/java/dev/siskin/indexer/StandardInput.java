package dev.siskin.indexer;

import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.source.Spool;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * Takes in standard input by a thread of its own, since a read from a terminal or an idle pipe cannot be interrupted: a
 * stop does not wait for it, and a user who does not know that the command waits is told.
 */
final class StandardInput {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration SILENCE = Duration.ofSeconds(2);

    private StandardInput() {}

    /**
     * Copies a stream to its end.
     *
     * @param notice is told when nothing has come for a while
     * @throws IOException if it cannot be read or the copy not be written, or a stop is requested
     */
    static Path copy(InputStream in, Spool spool, long most, StopSignal stop, Consumer<String> notice)
            throws IOException, InterruptedException {
        var watched = new Watched(in);
        var copy = new FutureTask<>(() -> spool.copy(watched, most));
        Thread.ofPlatform().daemon().name("standard-input").start(copy);
        long began = System.nanoTime();
        boolean isTold = false;
        while (!copy.isDone()) {
            if (stop.await(TICK)) {
                throw new IOException("interrupted before its end; nothing was indexed");
            }
            if (!isTold && !watched.hasAny && System.nanoTime() - began > SILENCE.toNanos()) {
                notice.accept("indexer: waiting for standard input; Ctrl-D ends it on a terminal");
                isTold = true;
            }
        }
        try {
            return copy.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }

    /** Notes when the first bytes have come, or the end. */
    private static final class Watched extends FilterInputStream {
        private volatile boolean hasAny;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            hasAny = true;
            return read;
        }
    }
}
