package dev.siskin.indexer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static RunProgress.Snapshot counts(String notice) {
        return new RunProgress.Snapshot(200, 40, 0, 9, 0, 1, 100, 0, 120, 30_000, "docs/a.md", notice);
    }

    @Test
    void plain_saysCountsRateTimeLeftAndFile() {
        assertThat(ProgressLine.plain(counts(""), 5))
                .isEqualTo("50/200 documents, 120 chunks, 6,000 tokens/s, 15 s left, 1 failed; docs/a.md");
    }

    @Test
    void notice_takesTheFilesPlace() {
        assertThat(ProgressLine.plain(counts("busy; trying again in 2 s"), 5)).endsWith("; busy; trying again in 2 s");
    }

    @Test
    void bar_fitsTheTerminal() {
        assertThat(ProgressLine.bar(counts(""), 5, 60))
                .startsWith("[#####...............] 50/200")
                .hasSize(60);
    }

    @Test
    void progress_withoutACount_namesNone() {
        var progress = new RunProgress();
        progress.added();

        assertThat(ProgressLine.bar(progress.snapshot(), 5, 80)).isEqualTo("1 documents, 0 chunks");
    }

    @Test
    void controlCharactersOfAFileName_doNotReachTheTerminal() {
        var progress = new RunProgress();
        progress.failed(new Failure("docs/\u001B]0;owned\u0007.md", "is empty\r\nreally", "leave it out"));
        progress.reading("docs/\u001B[2Ja\u202E.md");

        assertThat(ReportTable.of(RunReport.of("docs", "http://127.0.0.1:7301", progress, 1, null, false, null)))
                .contains("  docs/ ]0;owned .md: is empty really; leave it out\n")
                .doesNotContain("\u001B");
        assertThat(ProgressLine.plain(progress.snapshot(), 1)).endsWith("; docs/ [2Ja .md");
        assertThat(ProgressLine.bar(progress.snapshot(), 1, 200)).endsWith("; docs/ [2Ja .md");
    }

    @Test
    void durations_areShort() {
        assertThat(List.of(Durations.text(0.84), Durations.text(42.4), Durations.text(185), Durations.text(8040)))
                .containsExactly("0.8 s", "42 s", "3 min 5 s", "2 h 14 min");
    }

    @Test
    void report_namesFailuresAndWhyItStopped() {
        var progress = new RunProgress();
        progress.added();
        progress.failed(new Failure("docs/x.pdf", "is protected by a password", "save a copy without the password"));

        String table = ReportTable.of(
                RunReport.of("docs", "http://127.0.0.1:7301", progress, 1.5, "interrupted", false, null));

        assertThat(table)
                .contains("docs/x.pdf: is protected by a password; save a copy without the password\n")
                .contains("stopped: interrupted\n")
                .contains("the same command goes on from there");
    }
}
