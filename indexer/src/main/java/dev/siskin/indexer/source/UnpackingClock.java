package dev.siskin.indexer.source;

import java.io.IOException;
import java.time.Duration;

/**
 * Bounds the time for which an archive, and the archives in it, are unpacked. It runs while something is read out of them,
 * not while that is waiting for room or for who takes it. One thread at a time.
 */
final class UnpackingClock {
    private final Duration most;
    private long leftNanos;

    UnpackingClock(Duration most) {
        this.most = most;
        this.leftNanos = most.toNanos();
    }

    /**
     * Counts a read.
     *
     * @param began {@link System#nanoTime} before it
     * @throws IOException if all of them have taken too long
     */
    void count(long began) throws IOException {
        leftNanos -= System.nanoTime() - began;
        if (leftNanos < 0) {
            throw new Archives.OverLimitException(
                    "takes longer than %,d s, see indexer.read.total.timeout".formatted(most.toSeconds()));
        }
    }
}
