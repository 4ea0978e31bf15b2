package dev.siskin.inference.batching;

import dev.siskin.inference.batching.QueueLimits.Cap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes room in a full queue for a tenant that holds less than its even share of it, so that one tenant's jobs cannot shut
 * the others out: the newest job of the tenant that holds most leaves, as often as it takes. Nobody is brought below an
 * even share by more than the job that leaves, and no job leaves for one of a lesser class. Where one tenant waits alone,
 * it may fill the queue.
 *
 * <p>Works on a copy of what waits; the queue removes the jobs.
 */
final class PushOut<I, O> {
    private final Demand newcomer;
    private final List<Job<I, O>> staying;
    private final List<Job<I, O>> leaving = new ArrayList<>();

    /**
     * Something that a cap bounds.
     *
     * @param unit as errors name it
     */
    record Measure(Cap cap, String unit, ToLongFunction<Demand> of) {
        static List<Measure> of(QueueLimits limits) {
            return List.of(
                    new Measure(limits.depth(), "jobs", _ -> 1),
                    new Measure(limits.tokens(), "tokens", Demand::tokens),
                    new Measure(limits.bytes(), "bytes", Demand::bytes));
        }
    }

    /** @param waiting the oldest first */
    PushOut(List<Job<I, O>> waiting, Demand newcomer) {
        this.staying = new ArrayList<>(waiting);
        this.newcomer = newcomer;
    }

    /**
     * The jobs that have to leave; none where there is room.
     *
     * @throws QueueFullException where no room can be made
     */
    List<Job<I, O>> leaving(List<Measure> measures) {
        for (Measure measure : measures) {
            while (held(measure) + measure.of().applyAsLong(newcomer)
                    > measure.cap().max()) {
                Job<I, O> next = next(measure).orElseThrow(() -> full(measure));
                staying.remove(next);
                leaving.add(next);
            }
        }
        return leaving;
    }

    private long held(Measure measure) {
        return staying.stream()
                .mapToLong(job -> measure.of().applyAsLong(job.demand()))
                .sum();
    }

    private Optional<Job<I, O>> next(Measure measure) {
        Map<String, Long> held = new HashMap<>();
        held.put(newcomer.tenant(), measure.of().applyAsLong(newcomer));
        staying.forEach(job -> held.merge(job.demand().tenant(), measure.of().applyAsLong(job.demand()), Long::sum));
        long share = measure.cap().max() / held.size();
        if (held.getOrDefault(newcomer.tenant(), 0L) > share) {
            return Optional.empty();
        }
        @Nullable Job<I, O> found = null;
        for (Job<I, O> job : staying.reversed()) {
            long now = held.getOrDefault(job.demand().tenant(), 0L);
            long most = found == null ? share : held.getOrDefault(found.demand().tenant(), 0L);
            if (now > most && job.demand().jobClass() >= newcomer.jobClass()) {
                found = job;
            }
        }
        return Optional.ofNullable(found);
    }

    /** Tells what is the newcomer's own: how much others have waiting is none of its business. */
    private QueueFullException full(Measure measure) {
        return new QueueFullException("the queue is full: %d %s more would exceed %s: try again later, or raise %s"
                .formatted(
                        measure.of().applyAsLong(newcomer),
                        measure.unit(),
                        measure.cap(),
                        measure.cap().setting()));
    }
}
