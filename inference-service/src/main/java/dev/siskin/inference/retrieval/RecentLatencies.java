package dev.siskin.inference.retrieval;

import java.time.Duration;
import java.util.Arrays;

/** The latencies of the last searches that were answered, in nanoseconds. Thread-safe. */
final class RecentLatencies {
    private static final int KEPT = 128;

    /** Below, a high percentile is the luck of one search. */
    private static final int ENOUGH = 20;

    /** A hedge sooner than this answers nobody noticeably earlier. */
    private static final Duration FLOOR = Duration.ofMillis(10);

    private final long[] nanos = new long[KEPT];
    private long count;

    synchronized void add(long latencyNanos) {
        nanos[(int) (count++ % KEPT)] = latencyNanos;
    }

    /** The 95th percentile; {@code unknown} where too few have been seen. */
    synchronized Duration p95(Duration unknown) {
        if (count < ENOUGH) {
            return unknown;
        }
        long[] sorted = Arrays.copyOf(nanos, (int) Math.min(count, KEPT));
        Arrays.sort(sorted);
        Duration p95 = Duration.ofNanos(sorted[(int) Math.ceil(0.95 * sorted.length) - 1]);
        return p95.compareTo(FLOOR) < 0 ? FLOOR : p95;
    }
}
