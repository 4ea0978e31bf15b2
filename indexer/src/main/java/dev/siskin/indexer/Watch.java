package dev.siskin.indexer;

import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.source.SourceState;
import dev.siskin.indexer.source.Sources;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Follows some sources: runs again whenever a file has changed. Where none has, it runs again after a run that was stopped,
 * and after one in which documents failed for a reason that may pass: after a pause that doubles while that is in vain.
 */
final class Watch {
    /**
     * How long to wait for what.
     *
     * @param look between two looks at the files
     * @param afterStop after a run that could not go on
     * @param firstRetry after documents failed for a reason that may pass
     * @param longestRetry of what that pause doubles to
     */
    record Pauses(Duration look, Duration afterStop, Duration firstRetry, Duration longestRetry) {
        static final Pauses USUAL =
                new Pauses(Duration.ofSeconds(2), Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMinutes(5));

        /** The pause after one that did not help. */
        Duration after(Duration retry) {
            Duration doubled = retry.multipliedBy(2);
            return doubled.compareTo(longestRetry) < 0 ? doubled : longestRetry;
        }
    }

    /**
     * The pause before documents that failed are tried again: grows as long as neither a file changes nor any document is
     * indexed, whichever of them fail.
     */
    static final class RetryPause {
        private final Pauses pauses;
        private Duration pause;
        private OptionalLong files = OptionalLong.empty();

        RetryPause(Pauses pauses) {
            this.pauses = pauses;
            this.pause = pauses.firstRetry();
        }

        /**
         * After a run.
         *
         * @param state of the files before it
         * @param hasIndexed whether it has stored any document
         */
        Duration after(long state, boolean hasIndexed) {
            boolean inVain = files.equals(OptionalLong.of(state)) && !hasIndexed;
            pause = inVain ? pauses.after(pause) : pauses.firstRetry();
            files = OptionalLong.of(state);
            return pause;
        }
    }

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Sources sources;
    private final Run run;
    private final Consumer<RunReport> print;
    private final Pauses pauses;

    /** One run over the sources. */
    @FunctionalInterface
    interface Run {
        /**
         * Runs to its end.
         *
         * @param stop of this run alone
         * @throws IndexerException where no further run can do any better
         */
        RunReport run(RunProgress progress, StopSignal stop) throws IndexerException, InterruptedException;
    }

    /** @param print is given the reports of runs in which something happened */
    Watch(Sources sources, Run run, Consumer<RunReport> print, Pauses pauses) {
        this.sources = sources;
        this.run = run;
        this.print = print;
        this.pauses = pauses;
    }

    /** Goes on until stopped, or no further run can do any better. */
    void until(StopSignal stop) throws IndexerException, InterruptedException {
        long failures = 0;
        var retry = new RetryPause(pauses);
        while (true) {
            long before = SourceState.of(sources);
            var runStop = new StopSignal();
            var progress = new RunProgress(runStop);
            RunReport report = runOnce(progress, runStop, stop);
            boolean sameFailures = progress.failuresState() == failures;
            failures = progress.failuresState();
            if (hasChanged(report) || !sameFailures) {
                print.accept(report);
            }
            Duration pause = retry.after(before, report.added() + report.replaced() > 0);
            boolean ended = report.stopped() == null
                    ? awaitChange(before, progress.hasPassingFailures() ? pause : FOREVER, stop)
                    : stop.await(pauses.afterStop());
            if (ended) {
                return;
            }
        }
    }

    private static boolean hasChanged(RunReport report) {
        return report.added() + report.replaced() + report.removed() > 0 || report.stopped() != null;
    }

    /** Waits until a file has changed, or for so long; true where stopped meanwhile. */
    private boolean awaitChange(long before, Duration most, StopSignal stop) throws InterruptedException {
        long began = System.nanoTime();
        do {
            if (stop.await(pauses.look())) {
                return true;
            }
        } while (SourceState.of(sources) == before && System.nanoTime() - began < most.toNanos());
        return false;
    }

    private RunReport runOnce(RunProgress progress, StopSignal runStop, StopSignal stop)
            throws IndexerException, InterruptedException {
        stop.alsoStops(runStop);
        try {
            return run.run(progress, runStop);
        } finally {
            stop.forget(runStop);
        }
    }
}
