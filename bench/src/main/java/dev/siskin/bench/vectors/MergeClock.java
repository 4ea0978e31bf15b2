package dev.siskin.bench.vectors;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Seconds of processor time that Lucene's merge threads have used, by looking at them ten times a second. */
final class MergeClock implements AutoCloseable {
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

    @Override
    public void close() {
        looking.interrupt();
    }
}
