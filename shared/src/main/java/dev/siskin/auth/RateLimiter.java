package dev.siskin.auth;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Token buckets by name, each refilled evenly over the minute; per process. Thread-safe.
 *
 * <p>A bucket that is full again is forgotten once there are too many; names that come on top of {@link #MAX_BUCKETS}
 * that are in use share one bucket for each rate, so that names that callers choose (addresses) cannot fill the memory.
 */
public final class RateLimiter {
    /** Most buckets kept, some 300 bytes each. */
    static final int MAX_BUCKETS = 10_000;

    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final String OTHERS = "others/";

    private final TimeMeter clock;
    private final Map<String, Limited> buckets = new ConcurrentHashMap<>();

    private record Limited(int ratePerMinute, Bucket bucket) {
        boolean isFull() {
            return bucket.getAvailableTokens() >= ratePerMinute;
        }
    }

    /**
     * How often something may be done.
     *
     * @param bucket its name; limits of the same name and rate share what is left
     * @param perMinute at least 1
     * @param of what is limited, for the message of a refusal: {@code the key}
     */
    public record Limit(String bucket, int perMinute, String of) {}

    /** @param clock where time is read; monotonic, so that a clock that is set changes nothing */
    public RateLimiter(TimeMeter clock) {
        this.clock = clock;
    }

    /** The system's monotonic clock. */
    public static RateLimiter system() {
        return new RateLimiter(TimeMeter.SYSTEM_NANOTIME);
    }

    /**
     * What a request found at the limit that leaves the least.
     *
     * @param remaining requests left now
     * @param resetSeconds until the bucket is full again
     * @param retryAfterSeconds until the next request is allowed; 0 where this one was
     */
    public record Decision(boolean allowed, Limit limit, long remaining, long resetSeconds, long retryAfterSeconds) {}

    /**
     * Takes one request from each limit's bucket, or from none where one of them is empty. A limit whose rate was changed
     * starts with a full bucket.
     *
     * @param limits one at least
     */
    public Decision take(List<Limit> limits) {
        List<Bucket> taken = new ArrayList<>(limits.size());
        List<Decision> found = new ArrayList<>(limits.size());
        for (Limit limit : limits) {
            Bucket bucket = bucket(limit);
            Decision decision = take(limit, bucket);
            if (!decision.allowed()) {
                taken.forEach(other -> other.addTokens(1));
                return decision;
            }
            taken.add(bucket);
            found.add(decision);
        }
        return found.stream()
                .reduce(RateLimiter::tighter)
                .orElseThrow(() -> new IllegalArgumentException("no limit is given"));
    }

    /** The one that leaves less. */
    public static Decision tighter(Decision one, Decision other) {
        return other.remaining() < one.remaining() ? other : one;
    }

    private static Decision take(Limit limit, Bucket bucket) {
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
        return new Decision(
                probe.isConsumed(),
                limit,
                probe.getRemainingTokens(),
                ceilSeconds(probe.getNanosToWaitForReset()),
                ceilSeconds(probe.getNanosToWaitForRefill()));
    }

    private Bucket bucket(Limit limit) {
        if (buckets.size() >= MAX_BUCKETS && !buckets.containsKey(limit.bucket())) {
            buckets.values().removeIf(Limited::isFull);
        }
        boolean kept = buckets.size() < MAX_BUCKETS || buckets.containsKey(limit.bucket());
        String name = kept ? limit.bucket() : OTHERS + limit.perMinute();
        return buckets.compute(
                        name,
                        (_, known) -> known != null && known.ratePerMinute() == limit.perMinute()
                                ? known
                                : fill(limit.perMinute()))
                .bucket();
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
