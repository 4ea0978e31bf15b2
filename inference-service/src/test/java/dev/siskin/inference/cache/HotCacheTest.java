package dev.siskin.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Filter;
import dev.siskin.api.SearchResponse;
import dev.siskin.inference.Hits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class HotCacheTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HotCache cache = new HotCache(100_000, Runnable::run);
    private final AtomicInteger loads = new AtomicInteger();

    private static CacheKey.Passages key(String query, long generation) {
        return new CacheKey.Passages(new Index("t", "docs"), generation, query, 6, new Filter.All());
    }

    private SearchResponse found(long generation, boolean whole) {
        loads.incrementAndGet();
        var degraded = whole ? null : new SearchResponse.Degraded("partial", "deadline");
        var hit = Hits.hit("a", 0, 0.5, "x".repeat(1000), Map.of());
        return new SearchResponse(List.of(hit), generation, null, degraded, new SearchResponse.Timings(0, 0, 0));
    }

    @Test
    void get_again_isKept() throws TimeoutException {
        cache.get(key("q", 1), _ -> found(1, true)).await(PATIENCE);

        Load<SearchResponse> again = cache.get(key("q", 1), _ -> found(1, true));

        assertThat(again.started()).isFalse();
        assertThat(again.await(PATIENCE).generation()).isEqualTo(1);
        assertThat(loads).hasValue(1);
    }

    @Test
    void get_otherGenerationTenantOrFilter_isAMiss() {
        cache.get(key("q", 1), _ -> found(1, true));

        assertThat(cache.find(key("q", 2))).isEmpty();
        assertThat(cache.find(new CacheKey.Passages(new Index("u", "docs"), 1, "q", 6, new Filter.All())))
                .isEmpty();
        assertThat(cache.find(new CacheKey.Passages(new Index("t", "docs"), 1, "q", 6, new Filter.Exists("f"))))
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
        assertThat(cache.get(key("q", 1), _ -> found(1, false)).await(PATIENCE).degraded())
                .isNotNull();
        cache.get(key("q", 2), _ -> found(1, true));
        Load<SearchResponse> failed = cache.get(key("q", 3), _ -> {
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
}
