package dev.siskin.inference.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link Generations} at most about a poll interval old while questions come: {@link #poll}, called once an
 * interval, asks for every tenant that has asked lately and for none else; the first question after a pause asks
 * itself. A poll that fails never fails a request: it makes {@link #confirm} false, which is the sign that
 * retrieval-service is down. Thread-safe.
 */
public final class GenerationWatch {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationWatch.class);

    /** After the last question the polls go on this long. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** A tenant that has not asked for this long is forgotten. */
    private static final Duration GONE = Duration.ofHours(1);

    /** A poll answers from memory; longer is as good as down. */
    private static final Duration FULL_PATIENCE = Duration.ofSeconds(1);

    private final Generations generations;
    private final BiFunction<String, Duration, Map<String, Long>> source;
    private final Ticker ticker;
    private final long intervalNanos;
    private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();

    /** When a tenant asked last, and how its polls went; guarded by its lock but for reading. */
    private static final class Tenant {
        private final ReentrantLock lock = new ReentrantLock();
        private volatile long used;
        private volatile long tried;
        private volatile Outcome outcome = Outcome.NEVER_TRIED;

        private enum Outcome {
            NEVER_TRIED,
            CONFIRMED,
            FAILED
        }
    }

    /**
     * @param source asks for a tenant's generations, within a time; throws where they cannot be had
     * @param interval between two calls of {@link #poll}
     */
    public GenerationWatch(
            Generations generations,
            BiFunction<String, Duration, Map<String, Long>> source,
            Ticker ticker,
            Duration interval) {
        this.generations = generations;
        this.source = source;
        this.ticker = ticker;
        this.intervalNanos = interval.toNanos();
    }

    /**
     * Whether the generations of a tenant are known and fresh, asking for them where they are not. After a failure
     * the next try is left to {@link #poll} for an interval, so that questions do not queue behind a service that is down.
     *
     * @param patience how long the question can wait; where it runs out the answer is false, for this question alone
     */
    public boolean confirm(String tenant, Duration patience) {
        Tenant state = tenants.computeIfAbsent(tenant, name -> new Tenant());
        state.used = ticker.read();
        if (isRecent(state)) {
            return state.outcome == Tenant.Outcome.CONFIRMED;
        }
        Duration within = patience.compareTo(FULL_PATIENCE) < 0 ? patience : FULL_PATIENCE;
        long asked = ticker.read();
        if (!locked(state, within)) {
            return false;
        }
        try {
            Duration left = within.minusNanos(ticker.read() - asked);
            return isRecent(state) ? state.outcome == Tenant.Outcome.CONFIRMED : ask(tenant, state, left);
        } finally {
            state.lock.unlock();
        }
    }

    private static boolean locked(Tenant state, Duration within) {
        try {
            return within.isPositive() && state.lock.tryLock(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One round for the tenants that are asking; to be called once an interval. */
    public void poll() {
        long now = ticker.read();
        tenants.forEach((tenant, state) -> {
            long silent = now - state.used;
            if (silent > GONE.toNanos()) {
                tenants.remove(tenant);
                generations.forget(tenant);
            } else if (silent <= IDLE.toNanos() && state.lock.tryLock()) {
                try {
                    ask(tenant, state, FULL_PATIENCE);
                } finally {
                    state.lock.unlock();
                }
            }
        });
    }

    /** A quarter more than the interval, so that a poll that is on time keeps questions from asking themselves. */
    private boolean isRecent(Tenant state) {
        return state.outcome != Tenant.Outcome.NEVER_TRIED
                && ticker.read() - state.tried <= intervalNanos + intervalNanos / 4;
    }

    /** A failure within less than the full patience says nothing of the service: it is not kept. */
    private boolean ask(String tenant, Tenant state, Duration within) {
        if (!within.isPositive()) {
            return false;
        }
        long began = ticker.read();
        Tenant.Outcome before = state.outcome;
        try {
            generations.polled(tenant, source.apply(tenant, within));
            state.outcome = Tenant.Outcome.CONFIRMED;
        } catch (RuntimeException failed) {
            if (within.compareTo(FULL_PATIENCE) < 0) {
                return false;
            }
            state.outcome = Tenant.Outcome.FAILED;
            if (before != Tenant.Outcome.FAILED) {
                LOG.warn("index generations of tenant {} unknown for now: {}", tenant, failed.getMessage());
            }
        }
        state.tried = began;
        return state.outcome == Tenant.Outcome.CONFIRMED;
    }
}
