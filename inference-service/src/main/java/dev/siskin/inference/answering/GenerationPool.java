package dev.siskin.inference.answering;

import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Makes answers, which is work for a core, on platform threads with a bounded queue before them, so that virtual
 * threads carry HTTP and waiting alone. Thread-safe.
 */
public final class GenerationPool implements AutoCloseable {
    private final ThreadPoolExecutor threads;
    private final int queue;

    /**
     * @param threads answers made at once
     * @param queue answers that may wait; at least 1
     */
    public GenerationPool(int threads, int queue) {
        this.queue = queue;
        this.threads = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                Thread.ofPlatform().name("generation-", 0).factory());
    }

    /**
     * Runs the work and waits for it.
     *
     * @param cancellation of the work; given by this method where patience runs out
     * @throws GenerationFullException where the queue is full
     * @throws TimeoutException where patience runs out
     * @throws CancelledException where the sign is given
     * @throws RuntimeException that the work threw
     */
    <T> T run(Supplier<T> work, Duration patience, Cancellation cancellation) throws TimeoutException {
        Future<T> made = submit(work);
        cancellation.onCancel(() -> made.cancel(false));
        try {
            return made.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException("an answer could not be made", failed);
            }
        } catch (CancellationException cancelled) {
            throw new CancelledException();
        } catch (TimeoutException late) {
            cancellation.cancel();
            throw late;
        } catch (InterruptedException interrupted) {
            cancellation.cancel();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    private <T> Future<T> submit(Supplier<T> work) {
        try {
            return threads.submit(work::get);
        } catch (RejectedExecutionException full) {
            throw new GenerationFullException(
                    queue + " answers wait to be made: try again, or raise SISKIN_INFERENCE_GENERATION_QUEUE", full);
        }
    }

    /** Finishes what was accepted. */
    @Override
    public void close() {
        threads.close();
    }
}
