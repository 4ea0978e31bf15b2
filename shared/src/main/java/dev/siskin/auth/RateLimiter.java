package dev.siskin.auth;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One token bucket a key, refilled evenly over the minute; per process. Thread-safe. */
public final class RateLimiter {
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final TimeMeter clock;
    private final Map<String, Limited> buckets = new ConcurrentHashMap<>();

    private record Limited(int ratePerMinute, Bucket bucket) {}

    /** @param clock where time is read */
    public RateLimiter(TimeMeter clock) {
        this.clock = clock;
    }

    /** The system's clock. */
    public static RateLimiter system() {
        return new RateLimiter(TimeMeter.SYSTEM_NANOTIME);
    }

    /**
     * What a request found.
     *
     * @param remaining requests left now
     * @param resetSeconds until the bucket is full again
     * @param retryAfterSeconds until the next request is allowed; 0 where this one was
     */
    public record Decision(boolean allowed, int limit, long remaining, long resetSeconds, long retryAfterSeconds) {}

    /** Takes one request from the key's share; a key whose rate was changed starts with a full bucket. */
    public Decision take(String keyId, int ratePerMinute) {
        Limited limited = buckets.compute(
                keyId,
                (id, known) -> known != null && known.ratePerMinute() == ratePerMinute ? known : fill(ratePerMinute));
        ConsumptionProbe probe = limited.bucket().tryConsumeAndReturnRemaining(1);
        return new Decision(
                probe.isConsumed(),
                ratePerMinute,
                probe.getRemainingTokens(),
                ceilSeconds(probe.getNanosToWaitForReset()),
                ceilSeconds(probe.getNanosToWaitForRefill()));
    }

    private Limited fill(int ratePerMinute) {
        Bucket bucket = Bucket.builder()
                .withCustomTimePrecision(clock)
                .addLimit(limit -> limit.capacity(ratePerMinute).refillGreedy(ratePerMinute, WINDOW))
                .build();
        return new Limited(ratePerMinute, bucket);
    }

    private static long ceilSeconds(long nanos) {
        return Math.ceilDiv(nanos, 1_000_000_000L);
    }
}
