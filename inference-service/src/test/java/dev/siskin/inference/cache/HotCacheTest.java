package dev.siskin.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Filter;
import dev.siskin.api.SearchResponse;
import dev.siskin.inference.Hits;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.retrieval.Found;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HotCacheTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final AtomicLong nanos = new AtomicLong();
    private final HotCache cache = new HotCache(100_000, 0.5, nanos::get, Runnable::run);
    private final AtomicInteger loads = new AtomicInteger();

    private static CacheKey.Passages key(String query, long generation) {
        return new CacheKey.Passages("here", new Index("t", "docs"), generation, query, 6, new Filter.All());
    }

    private Found found(long generation, boolean whole) {
        loads.incrementAndGet();
        var degraded = whole ? null : new SearchResponse.Degraded("partial", "deadline");
        var hit = Hits.hit("a", 0, 0.5, "x".repeat(1000), Map.of());
        var timings = new SearchResponse.Timings(0, 0, 0);
        return new Found("here", new SearchResponse(List.of(hit), generation, null, degraded, timings));
    }

    @Test
    void get_again_isKept() throws TimeoutException {
        cache.get(key("q", 1), _ -> found(1, true)).await(PATIENCE);

        Load<Found> again = cache.get(key("q", 1), _ -> found(1, true));

        assertThat(again.started()).isFalse();
        assertThat(again.await(PATIENCE).generation()).isEqualTo(1);
        assertThat(loads).hasValue(1);
    }

    @Test
    void get_kept_holdsNothingThatItsLoadWouldHaveEnded() {
        var sign = new AtomicReference<Cancellation>();
        var ended = new AtomicInteger();
        cache.get(key("q", 1), cancellation -> {
            sign.set(cancellation);
            cancellation.onCancel(ended::incrementAndGet);
            return found(1, true);
        });

        sign.get().cancel();
        sign.get().onCancel(ended::incrementAndGet);

        assertThat(cache.find(key("q", 1))).isPresent();
        assertThat(ended).hasValue(0);
    }

    @Test
    void get_otherGenerationTenantOrFilter_isAMiss() {
        cache.get(key("q", 1), _ -> found(1, true));

        assertThat(cache.find(key("q", 2))).isEmpty();
        assertThat(cache.find(new CacheKey.Passages("here", new Index("u", "docs"), 1, "q", 6, new Filter.All())))
                .isEmpty();
        assertThat(cache.find(new CacheKey.Passages("here", new Index("t", "docs"), 1, "q", 6, new Filter.Exists("f"))))
                .isEmpty();
        assertThat(cache.find(key("q", 1))).isPresent();
    }

    @Test
    void get_newerThanWanted_isKeptUnderItsOwnGeneration() {
        cache.get(key("q", 1), _ -> found(2, true));

        assertThat(cache.find(key("q", 1))).isEmpty();
        assertThat(cache.find(key("q", 2))).isPresent();
    }

    @Test
    void get_degradedOrOlderOrFailed_isNotKept() throws TimeoutException {
        assertThat(cache.get(key("q", 1), _ -> found(1, false))
                        .await(PATIENCE)
                        .response()
                        .degraded())
                .isNotNull();
        cache.get(key("q", 2), _ -> found(1, true));
        Load<Found> failed = cache.get(key("q", 3), _ -> {
            throw new IllegalArgumentException("broken");
        });

        assertThatThrownBy(() -> failed.await(PATIENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("broken");
        assertThat(cache.find(key("q", 1))).isEmpty();
        assertThat(cache.find(key("q", 2))).isEmpty();
        assertThat(cache.find(key("q", 3))).isEmpty();
    }

    @Test
    void get_moreThanFits_staysWithinItsBytes() {
        for (int i = 0; i < 1000; i++) {
            cache.get(key("question " + i, 1), _ -> found(1, true));
        }

        assertThat(cache.bytes()).isBetween(50_000L, 100_000L);
    }

    private void fill(String tenant, int questions) throws TimeoutException {
        for (int i = 0; i < questions; i++) {
            cache.get(
                            new CacheKey.Passages(
                                    "here", new Index(tenant, "docs"), 1, "question " + i, 6, new Filter.All()),
                            _ -> found(1, true))
                    .await(PATIENCE);
        }
    }

    private long kept(String tenant, int questions) {
        return IntStream.range(0, questions)
                .filter(i -> cache.find(new CacheKey.Passages(
                                "here", new Index(tenant, "docs"), 1, "question " + i, 6, new Filter.All()))
                        .isPresent())
                .count();
    }

    @Test
    void tenantOverItsShare_isServedButNotKept_whileOthersHoldSomething() throws TimeoutException {
        fill("quiet", 3);
        fill("flood", 1000);

        assertThat(kept("quiet", 3)).isEqualTo(3);
        assertThat(kept("flood", 1000)).isBetween(20L, 50L);
        assertThat(loads).hasValue(1003);
        assertThat(cache.bytes()).isLessThan(60_000);
    }

    @Test
    void tenantAlone_mayHoldAll_andGivesWayLater() throws TimeoutException {
        fill("flood", 1000);
        assertThat(cache.bytes()).isGreaterThan(80_000);

        fill("late", 10);
        fill("late", 10);
        fill("flood", 2000);

        assertThat(cache.bytes()).isLessThanOrEqualTo(100_000);
        assertThat(kept("late", 10)).isPositive();
    }

    @Test
    void unaskedForAnHour_isGoneAndGivenBack() throws TimeoutException {
        fill("one", 10);
        fill("two", 1);
        nanos.addAndGet(Duration.ofMinutes(61).toNanos());
        fill("two", 1);

        assertThat(kept("one", 10)).isZero();
        fill("one", 10);
        assertThat(kept("one", 10)).isEqualTo(10);
    }

    @Test
    void lastWaiterLeaves_load_isGivenUpAndTheNextBeginsAnew() throws TimeoutException {
        var threads = new HotCache(
                100_000, 0.5, nanos::get, task -> Thread.ofVirtual().start(task));
        var cancelled = new CountDownLatch(1);
        Load<Found> one = threads.get(key("q", 1), cancellation -> {
            cancellation.onCancel(cancelled::countDown);
            await(cancelled);
            throw new CancelledException();
        });
        Load<Found> other = threads.get(key("q", 1), _ -> found(1, true));

        one.leave();
        assertThat(cancelled.getCount()).isOne();
        other.leave();

        await(cancelled);
        assertThat(threads.get(key("q", 1), _ -> found(1, true)).await(PATIENCE).generation())
                .isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
