package dev.siskin.inference.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.siskin.inference.generation.Cancellation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers and search results in a bounded number of bytes.
 *
 * <p><b>Generations.</b> A key names the generation of the index that its value must come from, so that a changed
 * index is a miss without anything being invalidated. A value from a newer index than its key wanted is kept
 * under its own generation.
 *
 * <p><b>Single flight.</b> Equal keys asked at once cost one load: the first caller starts it, all wait for its
 * future. A load runs on a virtual thread of its own and goes on when a waiter gives up, unless it was the last one.
 *
 * <p><b>What is kept.</b> Whole values only. One that is degraded goes to those who waited for it, and is gone;
 * a failure likewise.
 */
public final class HotCache {
    private final AsyncCache<CacheKey<?>, Object> cache;
    private final Executor loads;

    /**
     * @param maxBytes that entries may have together, as {@link Footprint} counts
     * @param loads runs the loads, which block
     */
    public HotCache(long maxBytes, Executor loads) {
        this.loads = loads;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher(HotCache::weigh)
                .executor(Runnable::run)
                .buildAsync();
    }

    /** The value of the key: kept, being loaded by somebody, or loaded now. */
    public <V> Load<V> get(CacheKey<V> key, Function<Cancellation, V> loader) {
        while (true) {
            var mine = new Flight();
            @Nullable CompletableFuture<Object> other = cache.asMap().putIfAbsent(key, mine);
            if (other == null) {
                loads.execute(() -> load(key, loader, mine));
                return new Load<>(key, mine, true);
            }
            if (!(other instanceof Flight flight) || flight.board()) {
                return new Load<>(key, other, false);
            }
            cache.asMap().remove(key, other);
        }
    }

    /** A value that is there already. */
    public <V> Optional<V> find(CacheKey<V> key) {
        @Nullable CompletableFuture<Object> future = cache.getIfPresent(key);
        if (future == null || !future.isDone() || future.resultNow() instanceof Load.Failure) {
            return Optional.empty();
        }
        return Optional.of(key.cast(future.resultNow()));
    }

    /** Keeps a value under the generation it comes from; does nothing where it is not whole. */
    public <V> void keep(CacheKey<V> key, V value) {
        if (key.isWhole(value)) {
            cache.put(key.at(key.generationOf(value)), CompletableFuture.completedFuture(value));
        }
    }

    /** Estimated bytes held now. */
    public long bytes() {
        return cache.synchronous()
                .policy()
                .eviction()
                .orElseThrow()
                .weightedSize()
                .orElse(0);
    }

    private <V> void load(CacheKey<V> key, Function<Cancellation, V> loader, Flight future) {
        try {
            V value = loader.apply(future.cancellation());
            if (!key.isWhole(value) || key.generationOf(value) != key.generation()) {
                cache.asMap().remove(key, future);
            }
            if (key.generationOf(value) > key.generation()) {
                keep(key, value);
            }
            future.complete(value);
        } catch (Throwable failure) {
            cache.asMap().remove(key, future);
            future.complete(new Load.Failure(failure));
        }
    }

    /** Caffeine weighs what its future holds, under the key the same class put it: the types belong together. */
    private static int weigh(CacheKey<?> key, Object value) {
        return value instanceof Load.Failure ? 0 : weighTyped(key, value);
    }

    private static <V> int weighTyped(CacheKey<V> key, Object value) {
        return key.bytes(key.cast(value));
    }
}
