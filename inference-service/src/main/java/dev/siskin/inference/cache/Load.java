package dev.siskin.inference.cache;

import dev.siskin.inference.generation.CancelledException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A value that is there or on its way.
 *
 * @param <V> type of the value
 */
public final class Load<V> {
    /** A load that failed: completes its future like a value, since the cache logs every other failure as its own. */
    record Failure(Throwable cause) {}

    private final CacheKey<V> key;
    private final CompletableFuture<Object> future;
    private final boolean started;

    Load(CacheKey<V> key, CompletableFuture<Object> future, boolean started) {
        this.key = key;
        this.future = future;
        this.started = started;
    }

    /** Whether this caller started the load; otherwise the cache, or somebody else's load, answers. */
    public boolean started() {
        return started;
    }

    /**
     * Waits for the value, once.
     *
     * @throws TimeoutException where it is not there in time; the load goes on where others wait for it
     * @throws CancelledException where this thread is interrupted
     * @throws RuntimeException that the loader threw
     */
    public V await(Duration patience) throws TimeoutException {
        try {
            Object outcome = future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (outcome instanceof Failure(Throwable cause)) {
                throw rethrown(cause);
            }
            return key.cast(HotCache.unwrapped(outcome));
        } catch (TimeoutException late) {
            leave();
            throw late;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a load failed without saying so", impossible);
        } catch (InterruptedException interrupted) {
            leave();
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    /** Waits no longer: where nobody else does, the load is given up. */
    public void leave() {
        if (future instanceof Flight flight) {
            flight.leave();
        }
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException("a load failed", cause);
    }
}
