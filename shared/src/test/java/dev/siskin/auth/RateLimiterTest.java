package dev.siskin.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.auth.RateLimiter.Decision;
import dev.siskin.auth.RateLimiter.Limit;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private final ManualMeter clock = new ManualMeter();
    private final RateLimiter limiter = new RateLimiter(clock);

    private static final class ManualMeter implements TimeMeter {
        private long nanos;

        @Override
        public long currentTimeNanos() {
            return nanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }

        void pass(Duration time) {
            nanos += time.toNanos();
        }
    }

    private Decision take(Limit... limits) {
        return limiter.take(List.of(limits));
    }

    private static Limit limit(String bucket, int perMinute) {
        return new Limit(bucket, perMinute, "the " + bucket);
    }

    @Test
    void take_overTheRate_refusesUntilRefilled() {
        assertThat(take(limit("k", 2)).remaining()).isEqualTo(1);
        assertThat(take(limit("k", 2)).allowed()).isTrue();
        Decision refused = take(limit("k", 2));
        assertThat(refused.allowed()).isFalse();
        assertThat(refused.retryAfterSeconds()).isEqualTo(30);
        assertThat(refused.resetSeconds()).isEqualTo(60);
        assertThat(take(limit("other", 2)).allowed()).isTrue();
        clock.pass(Duration.ofSeconds(30));
        assertThat(take(limit("k", 2)).allowed()).isTrue();
        assertThat(take(limit("k", 2)).allowed()).isFalse();
    }

    @Test
    void take_severalLimits_tellsTheTightestAndRefusesWithoutTakingFromTheOthers() {
        Limit key = limit("key", 3);
        Limit tenant = limit("tenant", 2);

        assertThat(take(key, tenant).limit()).isEqualTo(tenant);
        assertThat(take(limit("other key", 3), tenant).allowed()).isTrue();
        Decision refused = take(key, tenant);

        assertThat(refused.allowed()).isFalse();
        assertThat(refused.limit()).isEqualTo(tenant);
        assertThat(take(key).remaining()).isEqualTo(1);
    }

    @Test
    void take_rateChanged_beginsFull() {
        assertThat(take(limit("k", 1)).allowed()).isTrue();
        assertThat(take(limit("k", 1)).allowed()).isFalse();
        assertThat(take(limit("k", 5)).remaining()).isEqualTo(4);
    }

    @Test
    void take_moreNamesThanAreKept_shareOneBucketUntilOthersAreFullAgain() {
        for (int i = 0; i < RateLimiter.MAX_BUCKETS; i++) {
            assertThat(take(limit("address " + i, 1)).allowed()).isTrue();
        }
        assertThat(take(limit("one more", 1)).allowed()).isTrue();
        assertThat(take(limit("and another", 1)).allowed()).isFalse();
        assertThat(take(limit("address 7", 1)).allowed()).isFalse();

        clock.pass(Duration.ofMinutes(1));

        assertThat(take(limit("one more", 1)).allowed()).isTrue();
        assertThat(take(limit("and another", 1)).allowed()).isTrue();
    }

    @Test
    void take_moreNamesThanAreKept_ratesDoNotFillEachOther() {
        for (int i = 0; i < RateLimiter.MAX_BUCKETS; i++) {
            assertThat(take(limit("address " + i, 1)).allowed()).isTrue();
        }
        assertThat(take(limit("one more", 1)).allowed()).isTrue();
        assertThat(take(limit("of another rate", 5)).remaining()).isEqualTo(4);

        assertThat(take(limit("and another", 1)).allowed()).isFalse();
        assertThat(take(limit("of another rate too", 5)).remaining()).isEqualTo(3);
    }

    @Test
    void take_noLimit_isAnError() {
        assertThatThrownBy(() -> take()).isInstanceOf(IllegalArgumentException.class);
    }
}
