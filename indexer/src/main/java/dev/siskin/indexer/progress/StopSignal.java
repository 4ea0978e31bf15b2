package dev.siskin.indexer.progress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Tells every stage of a run to end early, and why. The first reason counts. Thread-safe. */
public final class StopSignal {
    /**
     * Why a run ends early.
     *
     * @param interrupted by the user, rather than by something that failed
     */
    public record Reason(String text, boolean interrupted) {}

    private final AtomicReference<@Nullable Reason> reason = new AtomicReference<>();
    private final CountDownLatch requested = new CountDownLatch(1);
    private final List<Thread> toInterrupt = new CopyOnWriteArrayList<>();
    private final List<StopSignal> following = new CopyOnWriteArrayList<>();

    /** Asks all stages to end. */
    public void request(Reason why) {
        if (reason.compareAndSet(null, why)) {
            requested.countDown();
            toInterrupt.forEach(Thread::interrupt);
            following.forEach(other -> other.request(why));
        }
    }

    /** Has a thread interrupted when a stop is requested. */
    public void interrupts(Thread thread) {
        toInterrupt.add(thread);
        if (reason().isPresent()) {
            thread.interrupt();
        }
    }

    /** Has another signal requested when this one is, so that one run of several can stop alone. */
    public void alsoStops(StopSignal other) {
        following.add(other);
        reason().ifPresent(other::request);
    }

    /** Forgets another signal. */
    public void forget(StopSignal other) {
        following.remove(other);
    }

    /** Why the run is to stop; empty while it is not. */
    public Optional<Reason> reason() {
        return Optional.ofNullable(reason.get());
    }

    /** Waits for a stop; true where one was requested within the time. */
    public boolean await(Duration time) throws InterruptedException {
        return requested.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }
}
