package dev.siskin.retrieval.http;

import dev.siskin.retrieval.collection.RetrievalException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A fixed number of platform threads for work that holds its thread, and the bounded queue before them, which is the
 * admission queue: when it is full, work is refused at once. Callers wait on their virtual threads. Thread-safe.
 */
public final class WorkPool implements AutoCloseable {
    private final String name;
    private final ThreadPoolExecutor threads;
    private final int queueDepth;

    /**
     * @param name of the threads, and of the pool in messages and metrics
     * @param threads that work at once
     * @param queueDepth tasks that may wait
     */
    public WorkPool(String name, int threads, int queueDepth) {
        this.name = name;
        this.queueDepth = queueDepth;
        this.threads = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queueDepth),
                Thread.ofPlatform().name(name + "-", 0).daemon().factory());
    }

    /**
     * Runs the work and waits for it; a caller that is interrupted waits for what has begun.
     *
     * @throws RetrievalException {@code UNAVAILABLE} where as many tasks wait as may, or the caller was
     *     interrupted before it began
     * @throws UncheckedIOException where the work ended in one
     */
    public <T> T run(Callable<T> work) {
        var task = new FutureTask<>(work);
        try {
            threads.execute(task);
        } catch (RejectedExecutionException full) {
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE,
                    "the %s queue is full: %d are waiting; try again in a moment".formatted(name, queueDepth),
                    full);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException stopping) {
                    interrupted = true;
                    if (threads.remove(task)) {
                        throw new RetrievalException(
                                RetrievalException.Kind.UNAVAILABLE, "the service is stopping", stopping);
                    }
                    // It has begun: who asked may hold what it works on, and lets go of that only after it.
                }
            }
        } catch (ExecutionException failed) {
            throw unwrapped(failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unwrapped(ExecutionException failed) {
        return switch (failed.getCause()) {
            case RuntimeException cause -> cause;
            case IOException cause -> new UncheckedIOException(cause);
            case Error cause -> throw cause;
            case null, default -> new IllegalStateException(failed);
        };
    }

    /** Tasks that wait now. */
    public int waiting() {
        return threads.getQueue().size();
    }

    public String name() {
        return name;
    }

    /** Finishes what was accepted. */
    @Override
    public void close() {
        threads.close();
    }
}
