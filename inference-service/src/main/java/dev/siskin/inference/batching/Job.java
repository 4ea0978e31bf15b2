package dev.siskin.inference.batching;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A job in an {@link AdmissionQueue}: it waits, is taken once or never, and ends once: completed, failed, cancelled, or
 * late. Whoever offered it awaits or cancels it; whoever took it completes or fails it. The first of them wins, what
 * comes later has no effect. Thread-safe.
 *
 * @param <I> what the work needs
 * @param <O> what the work makes
 */
public final class Job<I, O> {
    private final AdmissionQueue<I, O> queue;
    private final I input;
    private final Demand demand;
    private final long arrived;
    private final CompletableFuture<O> outcome = new CompletableFuture<>();
    private volatile Duration waited = Duration.ZERO;

    /** @param arrived nanoseconds of the queue's ticker */
    Job(AdmissionQueue<I, O> queue, I input, Demand demand, long arrived) {
        this.queue = queue;
        this.input = input;
        this.demand = demand;
        this.arrived = arrived;
    }

    public I input() {
        return input;
    }

    public Demand demand() {
        return demand;
    }

    /** Until the deadline; zero once it has passed. */
    public Duration timeLeft() {
        Duration left = demand.timeLeft().minus(age());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** How long it waited until it was taken; zero before. */
    public Duration waited() {
        return waited;
    }

    /** Whether it has ended, so that work on it is in vain: a decoder looks at the border of each step. */
    public boolean isDone() {
        return outcome.isDone();
    }

    /**
     * Waits for the end, until the deadline. A thread that is interrupted meanwhile cancels the job, for nobody waits for
     * it any more.
     *
     * @throws DeadlinePassedException where the deadline passed first, whether the job waited or was worked on
     * @throws QueueClosedException where the queue was closed while the job waited
     * @throws QueueFullException where it was pushed out for a tenant that held less of the queue
     * @throws CancellationException where the job was cancelled
     * @throws RuntimeException that the work threw
     */
    public O await() throws InterruptedException {
        try {
            return awaitOutcome();
        } catch (InterruptedException interrupted) {
            cancel();
            throw interrupted;
        }
    }

    private O awaitOutcome() throws InterruptedException {
        while (true) {
            try {
                return outcome.get(timeLeft().toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException waited) {
                queue.dropIfLate(this);
            } catch (ExecutionException failed) {
                switch (failed.getCause()) {
                    case RuntimeException failure -> throw failure;
                    case Error error -> throw error;
                    case null, default -> throw new IllegalStateException("a job failed", failed);
                }
            }
        }
    }

    /**
     * Ends the job unless it has ended. Where it waits, it leaves the queue's counts at once; where it is worked on, its
     * worker sees {@link #isDone()}.
     *
     * @return whether this ended it
     */
    public boolean cancel() {
        return queue.cancel(this);
    }

    /** Ends the job with what the work made; for the worker that took it. */
    public boolean complete(O output) {
        return outcome.complete(output);
    }

    /** Ends the job with a failure of the work; for the worker that took it. */
    public boolean fail(Throwable failure) {
        return outcome.completeExceptionally(failure);
    }

    boolean markCancelled() {
        return outcome.completeExceptionally(new CancellationException("the job was cancelled"));
    }

    void markTaken() {
        waited = age();
    }

    boolean isLate() {
        return timeLeft().isZero();
    }

    Duration age() {
        return Duration.ofNanos(queue.now() - arrived);
    }
}
