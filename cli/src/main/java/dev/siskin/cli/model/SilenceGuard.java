package dev.siskin.cli.model;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** A stream that is closed when it has been silent for too long, which ends the read that waits for it. */
final class SilenceGuard implements AutoCloseable {
    private final InputStream in;
    private final Duration longest;
    private final LongAdder reads = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean wasSilent;

    SilenceGuard(InputStream in, Duration longest) {
        this.in = in;
        this.longest = longest;
        Thread.ofPlatform().daemon().name("silence-guard").start(this::watch);
    }

    /** As {@link InputStream#read(byte[])}. */
    int read(byte[] buffer) throws IOException {
        try {
            int read = in.read(buffer);
            reads.increment();
            return read;
        } catch (IOException broken) {
            if (wasSilent) {
                throw new IOException("silent for " + longest.toSeconds() + " s", broken);
            }
            throw broken;
        }
    }

    private void watch() {
        try {
            for (long seen = -1; !closed.await(longest.toMillis(), TimeUnit.MILLISECONDS); ) {
                long now = reads.sum();
                if (now == seen) {
                    wasSilent = true;
                    in.close();
                    return;
                }
                seen = now;
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException unclosable) {
            wasSilent = true;
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        in.close();
    }
}
