package dev.siskin.inference.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.inference.generation.Cancellation;
import java.time.Duration;
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
 * a failure likewise, and what a tenant makes beyond its share while others hold something. What nobody has asked for in
 * an hour goes.
 */
public final class HotCache {
    private static final Duration UNASKED = Duration.ofHours(1);

    private final AsyncCache<CacheKey<?>, Object> cache;
    private final TenantShares shares;
    private final Executor loads;

    /**
     * A value that is kept; its bytes count as its tenant's until it is removed.
     *
     * @param bytes with its key, estimated
     */
    private record Kept(Object value, int bytes) {}

    /**
     * @param maxBytes that entries may have together, as {@link Footprint} counts
     * @param tenantShare of them that one tenant may hold while others hold something, above 0 to 1
     * @param loads runs the loads, which block
     */
    public HotCache(long maxBytes, double tenantShare, Ticker ticker, Executor loads) {
        this.loads = loads;
        this.shares = new TenantShares(maxBytes, tenantShare);
        this.cache = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher(HotCache::weigh)
                .expireAfterAccess(UNASKED)
                .ticker(ticker)
                .removalListener(this::removed)
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
        return future != null && future.isDone() && future.resultNow() instanceof Kept kept
                ? Optional.of(key.cast(kept.value()))
                : Optional.empty();
    }

    /** Keeps a value under the generation it comes from; does nothing where it is not whole, or its tenant's share full. */
    public <V> void keep(CacheKey<V> key, V value) {
        if (key.isWhole(value)) {
            CacheKey<V> current = key.at(key.generationOf(value));
            admitted(current, value).ifPresent(kept -> cache.put(current, CompletableFuture.completedFuture(kept)));
        }
    }

    private <V> Optional<Kept> admitted(CacheKey<V> key, V value) {
        int bytes = key.bytes(value);
        return shares.take(key.index().tenant(), bytes) ? Optional.of(new Kept(value, bytes)) : Optional.empty();
    }

    /** Called for every value that leaves, for whatever reason, once; the rest was never counted. */
    private void removed(@Nullable CacheKey<?> key, @Nullable Object value, RemovalCause cause) {
        if (key != null && value instanceof Kept kept) {
            shares.giveBack(key.index().tenant(), kept.bytes());
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
        Object outcome = outcome(key, loader, future);
        // the future is what is kept, and must not hold on to what the load used
        future.cancellation().end();
        future.complete(outcome);
    }

    private <V> Object outcome(CacheKey<V> key, Function<Cancellation, V> loader, Flight future) {
        try {
            V value = loader.apply(future.cancellation());
            boolean whole = key.isWhole(value) && key.generationOf(value) == key.generation();
            Optional<Kept> kept = whole ? admitted(key, value) : Optional.empty();
            if (kept.isEmpty()) {
                cache.asMap().remove(key, future);
            }
            if (key.generationOf(value) > key.generation()) {
                keep(key, value);
            }
            return kept.isPresent() ? kept.get() : value;
        } catch (Throwable failure) {
            cache.asMap().remove(key, future);
            return new Load.Failure(failure);
        }
    }

    private static int weigh(CacheKey<?> key, Object value) {
        return value instanceof Kept kept ? kept.bytes() : 0;
    }

    /** What a load ended with, without what this class keeps beside it. */
    static Object unwrapped(Object outcome) {
        return outcome instanceof Kept kept ? kept.value() : outcome;
    }
}
