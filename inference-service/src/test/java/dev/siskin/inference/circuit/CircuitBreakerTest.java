package dev.siskin.inference.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.inference.circuit.CircuitBreaker.Pass;
import dev.siskin.inference.circuit.CircuitBreaker.State;
import dev.siskin.inference.circuit.CircuitBreaker.Verdict;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class CircuitBreakerTest {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final CircuitBreaker breaker = new CircuitBreaker(nanos::get, SHORTEST, LONGEST);

    private Pass enter() {
        return Objects.requireNonNull(breaker.enter(), "a pass");
    }

    private void call(Verdict verdict) {
        enter().end(verdict);
    }

    private void open() {
        for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
            call(Verdict.FAILED);
        }
    }

    private void halfOpen(Duration pause) {
        nanos.addAndGet(pause.toNanos());
        assertThat(breaker.probeIsDue()).isTrue();
        breaker.probed(true);
    }

    @Test
    void failures_inARow_openIt() {
        call(Verdict.FAILED);
        call(Verdict.FAILED);
        call(Verdict.ALIVE);
        call(Verdict.FAILED);
        call(Verdict.NONE);
        call(Verdict.FAILED);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);

        assertThat(enter().end(Verdict.FAILED)).isTrue();

        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.enter()).isNull();
    }

    @Test
    void open_probeUnanswered_staysAndWaitsAgain() {
        open();
        assertThat(breaker.probeIsDue()).isFalse();
        nanos.addAndGet(SHORTEST.toNanos());
        assertThat(breaker.probeIsDue()).isTrue();

        breaker.probed(false);

        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.probeIsDue()).isFalse();
    }

    @Test
    void halfOpen_letsOneCallPassAtATime() {
        open();
        halfOpen(SHORTEST);

        Pass trial = enter();
        assertThat(breaker.enter()).isNull();
        assertThat(breaker.admits()).isFalse();
        trial.end(Verdict.NONE);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        call(Verdict.ALIVE);

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void halfOpen_trialFails_pauseDoublesUpToItsBoundAndASuccessResetsIt() {
        open();
        Duration pause = SHORTEST;
        for (int i = 0; i < 10; i++) {
            nanos.addAndGet(pause.toNanos() - 1);
            assertThat(breaker.probeIsDue()).isFalse();
            halfOpen(Duration.ofNanos(1));
            assertThat(enter().end(Verdict.FAILED)).isTrue();
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
        }
        halfOpen(LONGEST);
        call(Verdict.ALIVE);

        open();

        halfOpen(SHORTEST);
    }

    @Test
    void callsFromBefore_endingWhileHalfOpen_sayNothing() {
        Pass slowFailure = enter();
        Pass slowSuccess = enter();
        open();
        halfOpen(SHORTEST);

        slowFailure.end(Verdict.FAILED);
        slowSuccess.end(Verdict.ALIVE);

        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.admits()).isTrue();
    }

    @Test
    void pass_endedTwice_countsOnce() {
        Pass pass = enter();
        for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
            pass.end(Verdict.FAILED);
        }

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void endpointThatAsks_isLeftAloneThatLong() {
        breaker.leaveAlone(Duration.ofSeconds(7));

        assertThat(breaker.admits()).isFalse();
        nanos.addAndGet(Duration.ofSeconds(6).toNanos());
        assertThat(breaker.probeIsDue()).isFalse();
        halfOpen(SHORTEST);
        call(Verdict.ALIVE);
        breaker.leaveAlone(Duration.ofDays(1));
        halfOpen(LONGEST);
    }

    @Test
    void endpointThatAsksAgain_isLeftAloneForTheLongerOfBoth() {
        breaker.leaveAlone(Duration.ofSeconds(20));
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());

        breaker.leaveAlone(Duration.ofSeconds(1));
        nanos.addAndGet(Duration.ofSeconds(14).toNanos());
        assertThat(breaker.probeIsDue()).isFalse();
        breaker.leaveAlone(Duration.ofSeconds(3));
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(breaker.probeIsDue()).isFalse();

        halfOpen(Duration.ofSeconds(1));
    }

    @Test
    void tryAfterPause_letsATrialPassOnceThePauseIsOver() {
        open();
        breaker.tryAfterPause();
        assertThat(breaker.state()).isEqualTo(State.OPEN);

        nanos.addAndGet(SHORTEST.toNanos());
        breaker.tryAfterPause();
        Pass trial = enter();
        breaker.tryAfterPause();
        assertThat(breaker.enter()).as("one trial at a time").isNull();
        trial.end(Verdict.ALIVE);

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }
}
