package dev.siskin.inference.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SecondAttemptsTest {
    private static int spendAll(SecondAttempts attempts) {
        int spent = 0;
        while (attempts.spend()) {
            spent++;
        }
        return spent;
    }

    @Test
    void spend_inTheLongRun_isTheShareOfSearches() {
        var attempts = new SecondAttempts(0.1);
        assertThat(spendAll(attempts)).isEqualTo(10);

        int spent = 0;
        for (int i = 0; i < 1000; i++) {
            attempts.earn();
            spent += spendAll(attempts);
        }

        assertThat(spent).isBetween(99, 100);
    }

    @Test
    void spend_afterALongCalm_isNoMoreThanAFew() {
        var attempts = new SecondAttempts(0.1);
        for (int i = 0; i < 1000; i++) {
            attempts.earn();
        }

        assertThat(spendAll(attempts)).isEqualTo(10);
    }

    @Test
    void spend_noShare_isNever() {
        var attempts = new SecondAttempts(0);
        attempts.earn();

        assertThat(attempts.spend()).isFalse();
    }

    @Test
    void p95_needsEnoughSearchesAndForgetsOldOnes() {
        var latencies = new RecentLatencies();
        Duration unknown = Duration.ofSeconds(1);
        for (int i = 0; i < 19; i++) {
            latencies.add(Duration.ofMillis(900).toNanos());
        }
        assertThat(latencies.p95(unknown)).isEqualTo(unknown);

        for (int ms = 1; ms <= 128; ms++) {
            latencies.add(Duration.ofMillis(ms).toNanos());
        }
        assertThat(latencies.p95(unknown)).isEqualTo(Duration.ofMillis(122));

        for (int i = 0; i < 128; i++) {
            latencies.add(1);
        }
        assertThat(latencies.p95(unknown)).isEqualTo(Duration.ofMillis(10));
    }
}
