package dev.siskin.indexer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.TimedReads;
import dev.siskin.indexer.source.Unpacking;
import dev.siskin.indexer.source.UnusableSourceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a watch runs again, and what it prints; what a run does is the test's. */
class WatchTest {
    private static final Duration SHORT = Duration.ofMillis(5);
    private static final TimeAllowance ALLOWANCE = new TimeAllowance(Duration.ofMinutes(5));
    private static final Watch.Pauses QUICK = new Watch.Pauses(SHORT, SHORT, SHORT, SHORT);
    private static final Failure PASSING = new Failure("docs/a.txt", "cannot be opened: no permission", "grant it");
    private static final Failure LASTING =
            new Failure("docs/b.pdf", "is protected by a password", "save it", Retry.NEVER);

    @TempDir
    Path folder;

    private final Spool spool = new Spool(1 << 20);
    private final StopSignal stop = new StopSignal();
    private final List<RunReport> printed = new ArrayList<>();
    private final AtomicInteger runs = new AtomicInteger();

    @BeforeEach
    void makeFile() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "text");
    }

    @AfterEach
    void close() {
        spool.close();
    }

    /** The run of a number, the first of which is 1; the watch ends after the last. */
    @FunctionalInterface
    private interface Numbered {
        void run(int number, RunProgress progress);
    }

    private void watch(int last, Numbered run) throws Exception {
        watch(last, run, null);
    }

    private void watch(int last, Numbered run, @Nullable String stopped) throws Exception {
        Watch.Run counted = (progress, _) -> {
            int number = runs.incrementAndGet();
            run.run(number, progress);
            if (number == last) {
                stop.request(new StopSignal.Reason("interrupted", true));
            }
            return RunReport.of("docs", "here", progress, 0, stopped, false, null);
        };
        new Watch(sources(), counted, printed::add, QUICK).until(stop);
    }

    private Sources sources() throws UnusableSourceException {
        return Sources.of(
                List.of(folder),
                Optional.of("docs"),
                FileSelection.of(List.of(), List.of()),
                new Unpacking(spool, 1 << 20, ALLOWANCE, Optional.empty()));
    }

    /** Walks while there is a link; the files are as before when this returns. */
    private void walkWithLink(String link, String target, RunProgress progress) {
        var finder = new ChangeFinder(
                _ -> new HashMap<String, @Nullable String>(),
                new Patience(SHORT, stop, _ -> {}),
                new ContentHash(List.of(), new TimedReads(ALLOWANCE)),
                progress,
                new ArrayBlockingQueue<>(100),
                spool,
                EarlierRuns.none(),
                new ReadLimits(1 << 20, 1000, Duration.ofMinutes(1), ALLOWANCE, 64 << 20));
        Path made = folder.resolve(link);
        try {
            Files.createSymbolicLink(made, Path.of(target));
            finder.find(sources());
            Files.delete(made);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (UnusableSourceException | GaveUpException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    /** A folder whose ignore file cannot be read, and a link that leads to itself. */
    @ParameterizedTest
    @ValueSource(strings = {"deep/.siskinignore", "loop.txt"})
    @Timeout(60)
    void whatWasOutOfReachForAMoment_isLookedAtAgainThoughNoFileChanges(String name) throws Exception {
        Files.createDirectory(folder.resolve("deep"));
        watch(2, (number, progress) -> {
            if (number == 1) {
                walkWithLink(name, name.substring(name.indexOf('/') + 1), progress);
            } else {
                progress.added();
            }
        });

        assertThat(printed).extracting(RunReport::failed).containsExactly(1L, 0L);
    }

    @Test
    void linkToNothing_waitsForAChange() {
        var progress = new RunProgress();
        walkWithLink("dead.txt", "nothing", progress);

        assertThat(progress.failures()).extracting(Failure::retry).containsExactly(Retry.NEVER);
    }

    @Test
    void failureThatMayPass_isTriedAgainThoughNoFileChanges_andToldOnce() throws Exception {
        watch(4, (number, progress) -> {
            if (number < 4) {
                progress.failed(PASSING);
            } else {
                progress.added();
            }
        });

        assertThat(runs).hasValue(4);
        assertThat(printed).extracting(RunReport::failed).containsExactly(1L, 0L);
    }

    @Test
    void failureThatLasts_waitsForAChange() throws Exception {
        var changed = new AtomicBoolean();
        var changedBefore = new AtomicBoolean();
        watch(2, (number, progress) -> {
            progress.failed(LASTING);
            if (number == 1) {
                Thread.ofPlatform().start(() -> changeAfterSomeLooks(changed));
            } else {
                changedBefore.set(changed.get());
            }
        });

        assertThat(changedBefore).isTrue();
        assertThat(printed).hasSize(1);
    }

    private void changeAfterSomeLooks(AtomicBoolean changed) {
        try {
            stop.await(SHORT.multipliedBy(40));
            changed.set(true);
            Files.writeString(folder.resolve("b.txt"), "text");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException impossible) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void runThatWasStopped_isTriedAgain() throws Exception {
        watch(2, (_, _) -> {}, "the service is full");

        assertThat(runs).hasValue(2);
        assertThat(printed).hasSize(2);
    }

    @Test
    void pause_doublesUpToItsBound() {
        var pauses = new Watch.Pauses(SHORT, SHORT, Duration.ofSeconds(5), Duration.ofMinutes(5));

        assertThat(pauses.after(Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(10));
        assertThat(pauses.after(Duration.ofSeconds(160))).isEqualTo(Duration.ofMinutes(5));
        assertThat(pauses.after(Duration.ofMinutes(5))).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void pause_growsWhicheverDocumentsFail_untilAFileChangesOrOneIsIndexed() {
        var retry = new Watch.RetryPause(new Watch.Pauses(SHORT, SHORT, Duration.ofSeconds(5), Duration.ofMinutes(5)));

        assertThat(retry.after(1, true)).isEqualTo(Duration.ofSeconds(5));
        assertThat(retry.after(1, false)).isEqualTo(Duration.ofSeconds(10));
        assertThat(retry.after(1, false)).isEqualTo(Duration.ofSeconds(20));
        assertThat(retry.after(1, true)).isEqualTo(Duration.ofSeconds(5));
        assertThat(retry.after(1, false)).isEqualTo(Duration.ofSeconds(10));
        assertThat(retry.after(2, false)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void failures_moreThanAReportNames_areToldOnceInWhateverOrder() throws Exception {
        watch(4, (number, progress) -> {
            for (int i = 0; i < 3000; i++) {
                int document = number % 2 == 0 ? i : 2999 - i;
                progress.failed(new Failure("docs/" + document, "cannot be opened: no permission", "grant it"));
            }
            if (number == 4) {
                progress.failed(PASSING);
            }
        });

        assertThat(printed).extracting(RunReport::failed).containsExactly(3000L, 3001L);
    }
}
