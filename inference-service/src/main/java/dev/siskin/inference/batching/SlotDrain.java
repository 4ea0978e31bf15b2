package dev.siskin.inference.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Drains a queue one job a slot, as many at once as there are slots, for remote endpoints and work that has no batches. */
public final class SlotDrain<I, O> implements AutoCloseable {
    private final AdmissionQueue<I, O> queue;
    private final Predicate<List<Demand>> room;
    private final Function<Job<I, O>, O> work;
    private final WorkerThreads workers;

    /** Of the jobs that are worked on; guarded by itself. */
    private final List<Demand> together = new ArrayList<>();

    /**
     * Starts a thread for each slot.
     *
     * @param name of the threads, followed by their number
     * @param queue closed with this drain
     * @param slots jobs worked on at once
     * @param room whether jobs of these demands may be worked on at once: until they may, the next job waits in the queue
     *     and holds up those behind it. One by itself always may
     * @param work makes the output of a job; what it throws fails the job. It bounds its own time by {@link
     *     Job#timeLeft()}, and may stop where {@link Job#isDone()}
     */
    public SlotDrain(
            String name,
            AdmissionQueue<I, O> queue,
            int slots,
            Predicate<List<Demand>> room,
            Function<Job<I, O>, O> work) {
        this.queue = queue;
        this.room = room;
        this.work = work;
        this.workers = new WorkerThreads(name, slots, () -> this::turn);
    }

    private boolean turn() throws InterruptedException {
        Optional<Job<I, O>> next = queue.take(this::claim);
        next.ifPresent(this::run);
        return next.isPresent();
    }

    private boolean claim(Demand demand) {
        synchronized (together) {
            together.add(demand);
            if (together.size() == 1 || room.test(List.copyOf(together))) {
                return true;
            }
            together.removeLast();
            return false;
        }
    }

    /** Has the next job looked at again: there may be more room. */
    public void look() {
        queue.look();
    }

    private void run(Job<I, O> job) {
        try {
            job.complete(work.apply(job));
        } catch (Throwable failure) {
            job.fail(failure);
        } finally {
            synchronized (together) {
                together.remove(job.demand());
            }
            look();
        }
    }

    /** Closes the queue, which fails what waits, and returns when what is worked on is done. */
    @Override
    public void close() {
        queue.close();
        workers.join();
    }
}
