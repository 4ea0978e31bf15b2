package dev.siskin.inference.batching;

import java.util.Optional;
import java.util.function.Function;

/** Drains a queue one job a slot, as many at once as there are slots, for remote endpoints and work that has no batches. */
public final class SlotDrain<I, O> implements AutoCloseable {
    private final AdmissionQueue<I, O> queue;
    private final Function<Job<I, O>, O> work;
    private final WorkerThreads workers;

    /**
     * Starts a thread for each slot.
     *
     * @param name of the threads, followed by their number
     * @param queue closed with this drain
     * @param slots jobs worked on at once
     * @param work makes the output of a job; what it throws fails the job. It bounds its own time by {@link
     *     Job#timeLeft()}, and may stop where {@link Job#isDone()}
     */
    public SlotDrain(String name, AdmissionQueue<I, O> queue, int slots, Function<Job<I, O>, O> work) {
        this.queue = queue;
        this.work = work;
        this.workers = new WorkerThreads(name, slots, () -> this::turn);
    }

    private boolean turn() throws InterruptedException {
        Optional<Job<I, O>> next = queue.take();
        next.ifPresent(this::run);
        return next.isPresent();
    }

    private void run(Job<I, O> job) {
        try {
            job.complete(work.apply(job));
        } catch (Throwable failure) {
            job.fail(failure);
        }
    }

    /** Closes the queue, which fails what waits, and returns when what is worked on is done. */
    @Override
    public void close() {
        queue.close();
        workers.join();
    }
}
