package dev.siskin.inference.batching;

import java.util.List;
import java.util.function.Function;

/**
 * Drains a queue in batches, for models that take many inputs in one run. Where nothing waited when a worker was done
 * with its last batch, it takes the next job as soon as one arrives; where jobs waited, but not enough for a full batch,
 * it waits for more, and never longer than {@link BatchWindow#maxWait} since the oldest of them arrived. So no job waits
 * longer than that while a worker is free.
 */
public final class WindowDrain<I, O> implements AutoCloseable {
    private final AdmissionQueue<I, O> queue;
    private final BatchWindow window;
    private final Function<List<Job<I, O>>, List<O>> work;
    private final WorkerThreads workers;

    /**
     * Starts the workers.
     *
     * @param name of the threads, followed by their number
     * @param queue closed with this drain
     * @param workers batches worked on at once
     * @param work makes one output for each job, in their order; what it throws fails the whole batch
     */
    public WindowDrain(
            String name,
            AdmissionQueue<I, O> queue,
            int workers,
            BatchWindow window,
            Function<List<Job<I, O>>, List<O>> work) {
        this.queue = queue;
        this.window = window;
        this.work = work;
        this.workers = new WorkerThreads(name, workers, Worker::new);
    }

    private final class Worker implements WorkerThreads.Turn {
        private boolean idle = true;

        @Override
        public boolean take() throws InterruptedException {
            List<Job<I, O>> batch = queue.takeBatch(window, idle);
            if (batch.isEmpty()) {
                return false;
            }
            // what waits is looked at before anyone hears of the end and asks again
            try {
                List<O> outputs = work.apply(batch);
                idle = queue.isEmpty();
                complete(batch, outputs);
            } catch (Throwable failure) {
                idle = queue.isEmpty();
                batch.forEach(job -> job.fail(failure));
            }
            return true;
        }
    }

    private static <I, O> void complete(List<Job<I, O>> batch, List<O> outputs) {
        if (outputs.size() != batch.size()) {
            throw new IllegalStateException(
                    "a batch of %d jobs had %d outputs".formatted(batch.size(), outputs.size()));
        }
        for (int job = 0; job < batch.size(); job++) {
            batch.get(job).complete(outputs.get(job));
        }
    }

    /** Closes the queue, which fails what waits, and returns when what is worked on is done. */
    @Override
    public void close() {
        queue.close();
        workers.join();
    }
}
