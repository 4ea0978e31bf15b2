package dev.siskin.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class GenerationWatchTest {
    private static final Index DOCS = new Index("t", "docs");

    private final AtomicLong nanos = new AtomicLong(7);
    private final AtomicInteger asked = new AtomicInteger();
    private final Map<String, Long> truth = new HashMap<>(Map.of("docs", 5L));
    private boolean down;
    private final Generations generations = new Generations();
    private final GenerationWatch watch =
            new GenerationWatch(generations, this::ask, nanos::get, Duration.ofSeconds(1));

    private Map<String, Long> ask(String tenant) {
        asked.incrementAndGet();
        if (down) {
            throw new IllegalStateException("down");
        }
        return Map.copyOf(truth);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void confirm_first_asksOnceAnInterval() {
        assertThat(watch.confirm("t")).isTrue();
        assertThat(watch.confirm("t")).isTrue();

        assertThat(asked).hasValue(1);
        assertThat(generations.current(DOCS)).hasValue(5);
    }

    @Test
    void confirm_afterAPause_asksItself() {
        watch.confirm("t");
        truth.put("docs", 6L);
        pass(Duration.ofMinutes(5));

        watch.confirm("t");

        assertThat(generations.current(DOCS)).hasValue(6);
        assertThat(generations.remembered(DOCS)).containsExactly(6L, 5L);
    }

    @Test
    void poll_tenantThatAsks_isKeptFreshAndAnIdleOneIsLeftAlone() {
        watch.confirm("t");
        pass(Duration.ofSeconds(1));
        watch.poll();
        assertThat(asked).hasValue(2);

        pass(Duration.ofSeconds(31));
        watch.poll();
        assertThat(asked).hasValue(2);
    }

    @Test
    void confirm_afterAFailure_waitsAnIntervalBeforeTheNextTry() {
        down = true;
        assertThat(watch.confirm("t")).isFalse();
        assertThat(watch.confirm("t")).isFalse();
        assertThat(asked).hasValue(1);

        down = false;
        pass(Duration.ofSeconds(2));
        assertThat(watch.confirm("t")).isTrue();
    }

    @Test
    void polled_collectionGoneOrSetBack_isBelieved() {
        generations.searched(DOCS, 9);
        generations.searched(DOCS, 8);
        assertThat(generations.current(DOCS)).hasValue(9);

        generations.polled("t", Map.of("docs", 2L));
        assertThat(generations.current(DOCS)).hasValue(2);

        generations.polled("t", Map.of());
        assertThat(generations.current(DOCS)).isEmpty();
    }
}
