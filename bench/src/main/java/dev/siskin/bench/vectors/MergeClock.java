package dev.siskin.bench.vectors;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Seconds of processor time that Lucene's merge threads have used, by looking at them ten times a second. */
final class MergeClock implements AutoCloseable {
    private static final Duration LONGEST_MERGE = Duration.ofHours(1);
    private static final long EVERY_MS = 100;
    private static final String MERGE_THREAD = "Lucene Merge Thread";

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Map<Long, Long> nanosById = new HashMap<>();
    private final Thread looking =
            Thread.ofPlatform().daemon().name("merge-clock").start(this::look);

    private void look() {
        try {
            while (true) {
                for (@Nullable ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
                    if (thread != null && thread.getThreadName().startsWith(MERGE_THREAD)) {
                        note(thread.getThreadId());
                    }
                }
                Thread.sleep(EVERY_MS);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void note(long id) {
        long nanos = threads.getThreadCpuTime(id);
        if (nanos > 0) {
            nanosById.put(id, nanos);
        }
    }

    synchronized double seconds() {
        return nanosById.values().stream().mapToLong(Long::longValue).sum() / 1e9;
    }

    /** Whether a merge thread is alive. */
    boolean isMerging() {
        for (@Nullable ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(MERGE_THREAD)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Waits until the collection has tidied itself.
     *
     * @param quiet seconds without a merge after which it has
     * @return when the last merge ended, in seconds on the clock of {@link System#nanoTime}
     */
    double awaitTidy(VectorIndex index, int quiet) throws IOException {
        long began = System.nanoTime();
        long changed = began;
        int segments = index.segments();
        try {
            while (System.nanoTime() - changed < Duration.ofSeconds(quiet).toNanos()
                    && System.nanoTime() - began < LONGEST_MERGE.toNanos()) {
                Thread.sleep(100);
                if (isMerging() || index.segments() != segments) {
                    changed = System.nanoTime();
                    segments = index.segments();
                }
            }
            return changed / 1e9;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stop);
        }
    }

    @Override
    public void close() {
        looking.interrupt();
    }
}
