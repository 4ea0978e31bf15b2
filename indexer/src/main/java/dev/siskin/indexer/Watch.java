package dev.siskin.indexer;

import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.source.SourceState;
import dev.siskin.indexer.source.Sources;
import java.time.Duration;
import java.util.function.Consumer;

/** Follows some sources: runs again whenever a file has changed; after a run that failed, also when none has. */
final class Watch {
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    private final Sources sources;
    private final Run run;
    private final Consumer<RunReport> print;

    /** One run over the sources. */
    @FunctionalInterface
    interface Run {
        /** @param stop of this run alone */
        RunReport run(StopSignal stop) throws InterruptedException;
    }

    /** @param print is given the reports of runs in which something happened */
    Watch(Sources sources, Run run, Consumer<RunReport> print) {
        this.sources = sources;
        this.run = run;
        this.print = print;
    }

    /** Goes on until stopped. */
    void until(StopSignal stop) throws InterruptedException {
        while (true) {
            long before = SourceState.of(sources);
            RunReport report = runOnce(stop);
            if (report.hasNews()) {
                print.accept(report);
            }
            boolean failed = report.stopped() != null && stop.reason().isEmpty();
            if (stop.await(failed ? AFTER_FAILURE : EVERY)) {
                return;
            }
            while (!failed && SourceState.of(sources) == before) {
                if (stop.await(EVERY)) {
                    return;
                }
            }
        }
    }

    private RunReport runOnce(StopSignal stop) throws InterruptedException {
        var runStop = new StopSignal();
        stop.alsoStops(runStop);
        try {
            return run.run(runStop);
        } finally {
            stop.forget(runStop);
        }
    }
}
