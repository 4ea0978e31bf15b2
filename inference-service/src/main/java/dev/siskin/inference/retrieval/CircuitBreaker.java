package dev.siskin.inference.retrieval;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls from an endpoint that is down. Thread-safe.
 *
 * <p><b>States.</b> Closed: everything passes. {@value #FAILURES} failures in a row open it: nothing passes but a probe
 * of the endpoint's readiness, sent by nobody's request, once a pause is over. A probe that is answered makes it half
 * open: one call at a time passes. Its success closes the breaker, its failure opens it again, with twice the pause: an
 * endpoint that is ready by its own word and still fails costs a call in half a minute.
 *
 * <p><b>Why not Resilience4j.</b> Its breaker brings 176 KB of jars of its own and 1.9 MB of Kotlin's (version 2.3.0),
 * to a service whose whole heap is 40 MiB; it counts a call it lets through as the probe, so that somebody's question
 * pays for it, and to ask whether it would let a call through takes the permission.
 */
final class CircuitBreaker {
    static final int FAILURES = 3;
    static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Ticker ticker;
    private State state = State.CLOSED;
    private int failures;
    private Duration pause = SHORTEST_PAUSE;
    private long opened;
    private @Nullable Pass trial;

    enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /** What a call says of its endpoint. */
    enum Verdict {
        ALIVE,
        FAILED,
        /** Given up by this side. */
        NONE
    }

    CircuitBreaker(Ticker ticker) {
        this.ticker = ticker;
    }

    synchronized State state() {
        return state;
    }

    /** Whether a call would pass now. */
    synchronized boolean admits() {
        return state == State.CLOSED || (state == State.HALF_OPEN && trial == null);
    }

    /** Lets a call pass, whose end must be told; null where it may not. */
    synchronized @Nullable Pass enter() {
        if (!admits()) {
            return null;
        }
        var pass = new Pass();
        if (state == State.HALF_OPEN) {
            trial = pass;
        }
        return pass;
    }

    /** A call that the breaker let through. */
    final class Pass {
        private boolean ended;

        private Pass() {}

        /** Ends the call, which counts once; true where that opened the breaker. */
        boolean end(Verdict verdict) {
            synchronized (CircuitBreaker.this) {
                if (ended) {
                    return false;
                }
                ended = true;
                return settle(this, verdict);
            }
        }
    }

    /** Calls that began before the breaker opened say nothing while it is half open: only the trial does. */
    private boolean settle(Pass pass, Verdict verdict) {
        boolean tried = trial == pass;
        if (tried) {
            trial = null;
        }
        if (verdict == Verdict.NONE || state == State.OPEN || (state == State.HALF_OPEN && !tried)) {
            return false;
        }
        if (verdict == Verdict.ALIVE) {
            failures = 0;
            state = State.CLOSED;
            pause = tried ? SHORTEST_PAUSE : pause;
            return false;
        }
        failures++;
        if (tried) {
            pause = longer(pause);
        }
        if (!tried && failures < FAILURES) {
            return false;
        }
        failures = 0;
        state = State.OPEN;
        opened = ticker.read();
        return true;
    }

    /** Whether it is time to probe. */
    synchronized boolean probeIsDue() {
        return state == State.OPEN && ticker.read() - opened >= pause.toNanos();
    }

    /** What came of a probe. */
    synchronized void probed(boolean answered) {
        if (state != State.OPEN) {
            return;
        }
        if (answered) {
            state = State.HALF_OPEN;
            trial = null;
        } else {
            opened = ticker.read();
        }
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
}
