package dev.siskin.inference.cache;

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
     * Waits for the value.
     *
     * @throws TimeoutException where it is not there in time; the load goes on
     * @throws RuntimeException that the loader threw
     */
    public V await(Duration patience) throws TimeoutException {
        try {
            return key.cast(future.get(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException("a load failed", failed);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", interrupted);
        }
    }
}
