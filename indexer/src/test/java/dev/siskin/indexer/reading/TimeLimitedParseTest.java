package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class TimeLimitedParseTest {
    @Test
    void parse_thatDoesNotEnd_isInterruptedAndReported() throws Exception {
        var interrupted = new CountDownLatch(1);
        var parses = new TimeLimitedParse(Duration.ofMillis(20));

        assertThatThrownBy(() -> parses.run("endless", () -> {
                    try {
                        new CountDownLatch(1).await();
                        return "never";
                    } finally {
                        interrupted.countDown();
                    }
                }))
                .isInstanceOf(UnreadableDocumentException.class)
                .hasMessageContaining("took longer");
        interrupted.await();
    }

    @Test
    void parses_thatIgnoreTheInterrupt_areBoundedInNumber() throws Exception {
        var end = new CountDownLatch(1);
        var parses = new TimeLimitedParse(Duration.ofMillis(20));
        for (int i = 0; i < TimeLimitedParse.MAX_STUCK; i++) {
            assertThatThrownBy(() -> parses.run("stubborn", () -> {
                        while (end.getCount() > 0) {
                            Thread.onSpinWait();
                        }
                        return "late";
                    }))
                    .hasMessageContaining("took longer");
        }

        assertThatThrownBy(() -> parses.run("next", () -> "quick")).hasMessageContaining("not tried");
        end.countDown();
    }

    @Test
    void parse_thatOverflowsItsStack_isReportedAsThat() {
        var parses = new TimeLimitedParse(Duration.ofSeconds(60));

        assertThatThrownBy(() -> parses.run("deep", () -> depth(0)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(StackOverflowError.class);
    }

    private static long depth(long level) {
        return level < 0 ? 0 : 1 + depth(level + 1);
    }

    @Test
    void parse_inTime_givesItsResult() throws Exception {
        assertThat(new TimeLimitedParse(Duration.ofSeconds(60)).run("quick", () -> 42))
                .isEqualTo(42);
    }
}
