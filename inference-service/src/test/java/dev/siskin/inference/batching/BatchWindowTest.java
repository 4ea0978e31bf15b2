package dev.siskin.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class BatchWindowTest {
    private final BatchWindow window = new BatchWindow(8, 100, Duration.ofNanos(12));

    @Test
    void nanosToWait_couldStillGrow_isWhatIsLeftSinceTheOldestArrived() {
        assertThat(window.nanosToWait(7, 99, 0)).isEqualTo(12);
        assertThat(window.nanosToWait(7, 99, 5)).isEqualTo(7);
        assertThat(window.nanosToWait(1, 1, 12)).isZero();
        assertThat(window.nanosToWait(1, 1, 20)).isNegative();
    }

    @Test
    void nanosToWait_full_isNone() {
        assertThat(window.nanosToWait(8, 8, 0)).isZero();
        assertThat(window.nanosToWait(2, 100, 0)).isZero();
        assertThat(window.nanosToWait(2, 101, 0)).isZero();
    }

    @Test
    void window_outOfRange_isRefused() {
        assertThatThrownBy(() -> new BatchWindow(0, 1, Duration.ZERO)).hasMessageContaining("max_batch_size=0");
        assertThatThrownBy(() -> new BatchWindow(1, 0, Duration.ZERO)).hasMessageContaining("max_batch_tokens=0");
        assertThatThrownBy(() -> new BatchWindow(1, 1, Duration.ofMillis(-1))).hasMessageContaining("max_wait_ms=-1");
    }
}
