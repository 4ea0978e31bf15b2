package dev.siskin.indexer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.JsonRecord;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.TimedReads;
import dev.siskin.indexer.source.Unpacking;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ChangeFinderTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    private final EarlierRuns earlier = EarlierRuns.none();

    private Failure failureOf(SourceFile file, Duration allowed) throws Exception {
        var progress = new RunProgress();
        var allowance = new TimeAllowance(allowed);
        try (var spool = new Spool(1 << 20)) {
            var finder = new ChangeFinder(
                    _ -> new HashMap<String, @Nullable String>(),
                    new Patience(LONG, new StopSignal(), _ -> {}),
                    new ContentHash(List.of(), new TimedReads(allowance)),
                    progress,
                    new ArrayBlockingQueue<>(100),
                    spool,
                    earlier,
                    new ReadLimits(1 << 20, 1000, LONG, allowance, 64 << 20));
            var unpacking = new Unpacking(spool, 1 << 20, allowance, Optional.empty());
            finder.find(Sources.of(List.of(), Optional.empty(), FileSelection.ALL, unpacking)
                    .with(file));
        }
        assertThat(progress.failures()).hasSize(1);
        return progress.failures().getFirst();
    }

    /** A pipe into which nobody writes is as quiet as a file of a server that is away. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void fileThatCannotBeHashedInTime_isTriedTwiceMore() throws Exception {
        Path quiet = folder.resolve("quiet");
        assertThat(new ProcessBuilder("mkfifo", quiet.toString()).start().waitFor())
                .isZero();
        var record = Optional.of(new JsonRecord(0, 10, RecordFields.DEFAULTS));
        var file = new SourceFile(quiet, "docs", "quiet", Optional.empty(), false, record);

        Failure first = failureOf(file, SHORT);
        assertThat(first.reason()).contains("did not end within");
        assertThat(first.remedy()).contains("indexer.read.total.timeout");
        assertThat(first.retry()).isEqualTo(Retry.TWICE);
        assertThat(failureOf(file, SHORT)).isEqualTo(first);
        assertThat(failureOf(file, SHORT)).isEqualTo(first.with(Retry.NEVER));

        assertThat(failureOf(file, LONG)).as("not opened again").isEqualTo(first.with(Retry.NEVER));
    }
}
