package dev.siskin.indexer.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads files with a bound on time, on threads of its own: a read of a file system that is away cannot be interrupted, so
 * that its thread is left behind and ends whenever the read does. Only the time counts for which somebody waits for
 * it. Thread-safe; a stream is for one thread.
 */
public final class TimedReads {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final TimeAllowance allowance;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("file-read-", 0).factory());

    public TimedReads(TimeAllowance allowance) {
        this.allowance = allowance;
    }

    /** A file takes too long to read. */
    public static final class TooSlowException extends IOException {
        private static final long serialVersionUID = 1L;

        TooSlowException(Duration most) {
            super("reading did not end within " + most.toSeconds() + " s");
        }
    }

    /**
     * Opens a file, to be closed; it is opened with the first read.
     *
     * @param bytes it has, which say how long it may take
     */
    public InputStream open(Path file, long bytes) {
        return new Stream(file, allowance.of(bytes), 0, Long.MAX_VALUE, BUFFER_BYTES);
    }

    /** Opens a part of a file, as {@link #open}. */
    InputStream openPart(Path file, long offset, int bytes) {
        // One more, so that a part that fits is known to be over when it has been read.
        int buffer = Math.min(BUFFER_BYTES, bytes + 1);
        return new Stream(file, allowance.of(bytes), offset, bytes, buffer);
    }

    private final class Stream extends InputStream {
        private final Path file;
        private final Duration most;
        private final long start;
        private final byte[] buffer;
        private long leftNanos;
        private int next;
        private int filled;
        private boolean isOver;
        // Written and read by the threads of the reads, one after the other.
        private InputStream in = InputStream.nullInputStream();
        private long left;

        Stream(Path file, Duration most, long start, long bytes, int buffer) {
            this.file = file;
            this.start = start;
            this.left = bytes;
            this.buffer = new byte[buffer];
            this.most = most;
            this.leftNanos = most.toNanos();
            this.filled = -1;
        }

        @Override
        public int read() throws IOException {
            return fill() ? Byte.toUnsignedInt(buffer[next++]) : -1;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, filled - next);
            System.arraycopy(buffer, next, to, offset, count);
            next += count;
            return count;
        }

        private boolean fill() throws IOException {
            if (next < filled) {
                return true;
            }
            if (isOver) {
                return false;
            }
            boolean isFirst = filled < 0;
            filled = await(threads.submit(() -> readNext(isFirst)));
            next = 0;
            isOver = filled < buffer.length;
            return filled > 0;
        }

        /** A short file is opened, read and closed in one go. */
        private int readNext(boolean isFirst) throws IOException {
            if (isFirst) {
                in = start == 0 ? Files.newInputStream(file) : openAt(start);
            }
            int read = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
            left -= read;
            if (read < buffer.length) {
                in.close();
            }
            return read;
        }

        private InputStream openAt(long place) throws IOException {
            SeekableByteChannel channel = Files.newByteChannel(file);
            try {
                return Channels.newInputStream(channel.position(place));
            } catch (IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
        }

        private int await(Future<Integer> read) throws IOException {
            long began = System.nanoTime();
            try {
                int bytes = read.get(leftNanos, TimeUnit.NANOSECONDS);
                leftNanos -= System.nanoTime() - began;
                return bytes;
            } catch (TimeoutException away) {
                isOver = true;
                throw new TooSlowException(most);
            } catch (ExecutionException failure) {
                isOver = true;
                if (failure.getCause() instanceof IOException cause) {
                    throw cause;
                }
                throw new IllegalStateException(failure.getCause());
            } catch (InterruptedException stopped) {
                isOver = true;
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }

        /** Not waited for. */
        @Override
        public void close() {
            if (!isOver && filled >= 0) {
                isOver = true;
                Callable<Void> closing = () -> {
                    in.close();
                    return null;
                };
                var _ = threads.submit(closing);
            }
        }
    }
}
