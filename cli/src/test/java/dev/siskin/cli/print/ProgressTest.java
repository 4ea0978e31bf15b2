package dev.siskin.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Test
    void line_saysWhatIsDoneOfWhatAndWhy() {
        try (Progress progress = Progress.start(terminal(false), true, "queries", 1200)) {
            assertThat(progress.line()).isEqualTo("0/1,200 queries");
            progress.doing("keyword");
            progress.step();
            assertThat(progress.line()).matches("keyword: 1/1,200 queries, .* left");
            progress.notice("the queue\nis full");
            assertThat(progress.line()).endsWith(" left; the queue is full");
        }
    }

    @Test
    void line_ofBytes_saysHowFast_byWhatWasDoneHere() {
        try (Progress progress = Progress.startBytes(terminal(false), true, 10L << 20)) {
            progress.doneBefore(4L << 20);
            assertThat(progress.line()).isEqualTo("4 MiB/10 MiB");
            progress.doing("model.onnx");
            progress.advance(2L << 20);
            assertThat(progress.line()).matches("model.onnx: 6 MiB/10 MiB, .*/s, .* left");
            progress.advance(-(2L << 20));
            assertThat(progress.line()).isEqualTo("model.onnx: 4 MiB/10 MiB");
        }
    }

    @Test
    void bar_fillsAndStaysWithinTheColumns() {
        try (Progress progress = Progress.start(terminal(false), true, "queries", 4)) {
            progress.step();
            assertThat(progress.bar(80)).startsWith("[#####...............] 1/4 queries");
            assertThat(progress.bar(30)).hasSize(30).endsWith("…");
            progress.step();
            progress.step();
            progress.step();
            assertThat(progress.bar(80)).isEqualTo("[####################] 4/4 queries");
        }
    }

    @Test
    void terminal_seesTheBarGoAwayInTheEnd() throws Exception {
        try (Progress progress = Progress.start(terminal(true), false, "queries", 1)) {
            progress.step();
            while (!written.toString(StandardCharsets.UTF_8).contains("1/1 queries")) {
                Thread.onSpinWait();
            }
        }

        assertThat(written.toString(StandardCharsets.UTF_8))
                .contains("1/1 queries")
                .endsWith("\r\u001b[K");
    }

    @Test
    void quiet_showsNothing() {
        Progress.start(terminal(true), true, "queries", 1).close();

        assertThat(written.size()).isZero();
    }

    private Terminal terminal(boolean interactive) {
        var stream = new PrintStream(written, true, StandardCharsets.UTF_8);
        return new Terminal(stream, stream, 80, interactive, false);
    }
}
