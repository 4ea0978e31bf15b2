package dev.siskin.inference.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class GenerationWatchTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Index DOCS = new Index("t", "docs");

    private final AtomicLong nanos = new AtomicLong(7);
    private final AtomicInteger asked = new AtomicInteger();
    private final Map<String, Long> truth = new HashMap<>(Map.of("docs", 5L));
    private boolean down;
    private Duration within = Duration.ZERO;
    private final Generations generations = new Generations();
    private final GenerationWatch watch =
            new GenerationWatch(generations, this::ask, nanos::get, Duration.ofSeconds(1));

    private Map<String, Long> ask(String tenant, Duration time) {
        within = time;
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
        assertThat(watch.confirm("t", LONG)).isTrue();
        assertThat(watch.confirm("t", LONG)).isTrue();

        assertThat(asked).hasValue(1);
        assertThat(generations.current(DOCS)).hasValue(5);
    }

    @Test
    void confirm_afterAPause_asksItself() {
        watch.confirm("t", LONG);
        truth.put("docs", 6L);
        pass(Duration.ofMinutes(5));

        watch.confirm("t", LONG);

        assertThat(generations.current(DOCS)).hasValue(6);
        assertThat(generations.remembered(DOCS)).containsExactly(6L, 5L);
    }

    @Test
    void poll_tenantThatAsks_isKeptFreshAndAnIdleOneIsLeftAlone() {
        watch.confirm("t", LONG);
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
        assertThat(watch.confirm("t", LONG)).isFalse();
        assertThat(watch.confirm("t", LONG)).isFalse();
        assertThat(asked).hasValue(1);

        down = false;
        pass(Duration.ofSeconds(2));
        assertThat(watch.confirm("t", LONG)).isTrue();
    }

    @Test
    void confirm_shortPatience_boundsTheAskAndItsFailureIsNotKept() {
        down = true;
        assertThat(watch.confirm("t", Duration.ofMillis(50))).isFalse();
        assertThat(within).isEqualTo(Duration.ofMillis(50));
        assertThat(watch.confirm("t", Duration.ZERO)).isFalse();
        assertThat(asked).hasValue(1);

        down = false;
        assertThat(watch.confirm("t", LONG)).isTrue();
        assertThat(within).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void confirm_somebodyElseAsks_waitsNoLongerThanItsPatience() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var slow = new GenerationWatch(
                generations,
                (tenant, time) -> {
                    entered.countDown();
                    awaitQuietly(release);
                    return Map.of();
                },
                nanos::get,
                Duration.ofSeconds(1));
        Thread first = Thread.ofVirtual().start(() -> slow.confirm("t", LONG));
        entered.await();

        assertThat(slow.confirm("t", Duration.ofMillis(5))).isFalse();

        release.countDown();
        first.join();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
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
