package dev.siskin.inference.batching;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * The jobs of one class, in turns between tenants: next is a job of the tenant that has been served the fewest tokens,
 * first come first served within a tenant, and between tenants that were served alike.
 *
 * <p>A tenant whose jobs begin to wait is not paid for the time it asked nothing: it counts as served as much as the
 * least served of those who wait, or as it was, if that is more. This is the virtual token counter of Sheng et al.,
 * <i>Fairness in Serving Large Language Models</i>, OSDI 2024. Counters last while jobs of the class wait. Between two
 * tenants that both always wait, what they were served differs by the tokens of the largest job at most.
 *
 * <p>Not thread-safe.
 */
final class TenantTurns<I, O> {
    private final Map<String, Turn<I, O>> turns = new HashMap<>();
    private long arrivals;

    private static final class Turn<I, O> {
        private final Deque<Arrival<I, O>> jobs = new ArrayDeque<>();
        private long served;
    }

    private record Arrival<I, O>(Job<I, O> job, long number) {}

    boolean isEmpty() {
        return turns.isEmpty();
    }

    void add(Job<I, O> job) {
        long least = leastServed();
        Turn<I, O> turn = turns.computeIfAbsent(job.demand().tenant(), tenant -> new Turn<>());
        if (turn.jobs.isEmpty()) {
            turn.served = Math.max(turn.served, least);
        }
        turn.jobs.add(new Arrival<>(job, arrivals++));
    }

    /**
     * The job whose turn it is; it stays.
     *
     * @throws NoSuchElementException where none waits
     */
    Job<I, O> next() {
        Turn<I, O> next = null;
        for (Turn<I, O> turn : turns.values()) {
            if (!turn.jobs.isEmpty() && (next == null || isBefore(turn, next))) {
                next = turn;
            }
        }
        if (next == null) {
            throw new NoSuchElementException("no job waits");
        }
        return next.jobs.element().job();
    }

    private static <I, O> boolean isBefore(Turn<I, O> one, Turn<I, O> other) {
        return one.served != other.served
                ? one.served < other.served
                : one.jobs.element().number() < other.jobs.element().number();
    }

    /** Removes a job and counts its tokens as served. */
    void take(Job<I, O> job) {
        Turn<I, O> turn = turns.get(job.demand().tenant());
        if (turn != null) {
            turn.served += job.demand().tokens();
        }
        remove(job);
    }

    /** Removes a job that is not served. */
    void remove(Job<I, O> job) {
        Turn<I, O> turn = turns.get(job.demand().tenant());
        if (turn != null) {
            turn.jobs.removeIf(arrival -> arrival.job() == job);
        }
        forget();
    }

    /** Whoever waits for nothing and would gain nothing by its counter needs none. */
    private void forget() {
        boolean nobodyWaits = turns.values().stream().allMatch(turn -> turn.jobs.isEmpty());
        long least = leastServed();
        turns.values().removeIf(turn -> nobodyWaits || (turn.jobs.isEmpty() && turn.served <= least));
    }

    /** Of the tenants that wait; 0 where none does. */
    private long leastServed() {
        return turns.values().stream()
                .filter(turn -> !turn.jobs.isEmpty())
                .mapToLong(turn -> turn.served)
                .min()
                .orElse(0);
    }
}
