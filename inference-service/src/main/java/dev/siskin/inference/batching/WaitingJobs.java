package dev.siskin.inference.batching;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SequencedSet;
import java.util.stream.Stream;

/**
 * What waits in a queue, its order and its counts.
 *
 * <p><b>Order.</b> Interactive jobs before batch ones, within them premium before standard, within a class in turns
 * between tenants ({@link TenantTurns}). But every {@value #OLDEST_EVERY}th job taken is the oldest of all, whatever its
 * class, so that none starves: with {@code k} older jobs before it, a job is among the next {@code (k + 1) *
 * OLDEST_EVERY} taken.
 *
 * <p>Not thread-safe.
 */
final class WaitingJobs<I, O> {
    /** An eighth of the work goes by age alone: enough to end every wait, too little for others to notice. */
    static final int OLDEST_EVERY = 8;

    private final SequencedSet<Job<I, O>> byAge = new LinkedHashSet<>();
    private final List<TenantTurns<I, O>> classes =
            Stream.generate(TenantTurns<I, O>::new).limit(Demand.CLASSES).toList();
    private long tokens;
    private long bytes;
    private long taken;

    int depth() {
        return byAge.size();
    }

    long tokens() {
        return tokens;
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return byAge.isEmpty();
    }

    List<Job<I, O>> all() {
        return List.copyOf(byAge);
    }

    /** @throws NoSuchElementException where none waits */
    Job<I, O> oldest() {
        return byAge.getFirst();
    }

    /**
     * The job to be taken next; it stays.
     *
     * @throws NoSuchElementException where none waits
     */
    Job<I, O> next() {
        if (taken % OLDEST_EVERY == OLDEST_EVERY - 1) {
            return oldest();
        }
        return classes.stream()
                .filter(jobs -> !jobs.isEmpty())
                .findFirst()
                .orElseThrow()
                .next();
    }

    void add(Job<I, O> job) {
        byAge.add(job);
        classOf(job).add(job);
        tokens += job.demand().tokens();
        bytes += job.demand().bytes();
    }

    /** Removes a job that goes to work. */
    void take(Job<I, O> job) {
        if (leave(job)) {
            classOf(job).take(job);
            taken++;
        }
    }

    /** Removes a job that is not worked on; whether it waited. */
    boolean remove(Job<I, O> job) {
        boolean waited = leave(job);
        if (waited) {
            classOf(job).remove(job);
        }
        return waited;
    }

    private boolean leave(Job<I, O> job) {
        if (!byAge.remove(job)) {
            return false;
        }
        tokens -= job.demand().tokens();
        bytes -= job.demand().bytes();
        return true;
    }

    private TenantTurns<I, O> classOf(Job<I, O> job) {
        return classes.get(job.demand().jobClass());
    }
}
