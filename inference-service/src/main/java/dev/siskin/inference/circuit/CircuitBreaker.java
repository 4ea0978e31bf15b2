package dev.siskin.inference.circuit;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls from an endpoint that is down. Thread-safe.
 *
 * <p><b>States.</b> Closed: everything passes. {@value #FAILURES} failures in a row open it: nothing passes but a probe
 * of the endpoint's readiness, sent by nobody's request, once a pause is over; where readiness cannot be asked for, the
 * pause alone has to do. A probe that is answered makes it half open: one call at a time passes. Its success closes the
 * breaker, its failure opens it again, with twice the pause: an endpoint that is ready by its own word and still fails
 * costs a call in a longest pause. One that asks to be left alone opens it for as long as it says.
 *
 * <p><b>Why not Resilience4j.</b> Its breaker brings 176 KB of jars of its own and 1.9 MB of Kotlin's (version 2.3.0),
 * to a service whose whole heap is 40 MiB; it counts a call it lets through as the probe, so that somebody's question
 * pays for it, and to ask whether it would let a call through takes the permission.
 */
public final class CircuitBreaker {
    public static final int FAILURES = 3;

    private final Ticker ticker;
    private final Duration shortest;
    private final Duration longest;
    private State state = State.CLOSED;
    private int failures;
    private Duration pause;
    private Duration rest;
    private long opened;
    private @Nullable Pass trial;

    /** Whether calls pass. */
    public enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /** What a call says of its endpoint. */
    public enum Verdict {
        ALIVE,
        FAILED,
        /** Given up by this side. */
        NONE
    }

    /**
     * @param shortest pause, the first one
     * @param longest pause, which is doubled up to this
     */
    public CircuitBreaker(Ticker ticker, Duration shortest, Duration longest) {
        this.ticker = ticker;
        this.shortest = shortest;
        this.longest = longest;
        this.pause = shortest;
        this.rest = shortest;
    }

    public synchronized State state() {
        return state;
    }

    /** Whether a call would pass now. */
    public synchronized boolean admits() {
        return state == State.CLOSED || (state == State.HALF_OPEN && trial == null);
    }

    /** Lets a call pass, whose end must be told; null where it may not. */
    public synchronized @Nullable Pass enter() {
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
    public final class Pass {
        private boolean ended;

        private Pass() {}

        /** Ends the call, which counts once; true where that opened the breaker. */
        public boolean end(Verdict verdict) {
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
            pause = tried ? shortest : pause;
            return false;
        }
        failures++;
        if (tried) {
            pause = longer(pause);
        }
        if (!tried && failures < FAILURES) {
            return false;
        }
        open(pause);
        return true;
    }

    private void open(Duration wait) {
        failures = 0;
        state = State.OPEN;
        rest = wait;
        opened = ticker.read();
    }

    /**
     * Opens it for as long as the endpoint asks, and no longer than the longest pause; a longer one under way goes on to
     * its end.
     */
    public synchronized void leaveAlone(Duration asked) {
        Duration wait = asked.compareTo(longest) < 0 ? asked : longest;
        Duration left = state == State.OPEN ? rest.minusNanos(ticker.read() - opened) : Duration.ZERO;
        open(wait.compareTo(left) > 0 ? wait : left);
    }

    /** Whether it is time to probe. */
    public synchronized boolean probeIsDue() {
        return state == State.OPEN && ticker.read() - opened >= rest.toNanos();
    }

    /** Half opens once the pause is over, where there is nothing to probe: the next call finds out. */
    public synchronized void tryAfterPause() {
        if (probeIsDue()) {
            probed(true);
        }
    }

    /** What came of a probe. */
    public synchronized void probed(boolean answered) {
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

    private Duration longer(Duration before) {
        Duration twice = before.multipliedBy(2);
        return twice.compareTo(longest) < 0 ? twice : longest;
    }
}
