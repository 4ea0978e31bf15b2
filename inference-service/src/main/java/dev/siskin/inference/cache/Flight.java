package dev.siskin.inference.cache;

import dev.siskin.inference.generation.Cancellation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A value on its way, and how many wait for it: when the last of them leaves, its making is given up. */
final class Flight extends CompletableFuture<Object> {
    private final AtomicInteger waiting = new AtomicInteger(1);
    private final Cancellation cancellation = new Cancellation();

    Cancellation cancellation() {
        return cancellation;
    }

    /** Waits too; false where everybody has left already, and nothing came of it. */
    boolean board() {
        return isDone() || waiting.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
    }

    /** Waits no longer; where the value is there, nobody does. */
    void leave() {
        if (isDone()) {
            return;
        }
        if (waiting.decrementAndGet() == 0 && !isDone()) {
            cancellation.cancel();
        }
    }
}
