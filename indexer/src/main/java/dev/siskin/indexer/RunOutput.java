package dev.siskin.indexer;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import dev.siskin.indexer.progress.ProgressDisplay;
import dev.siskin.indexer.progress.ReportTable;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import java.io.Console;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/** What a run shows: its progress while it goes on, its report afterwards. */
final class RunOutput {
    private static final int DEFAULT_COLUMNS = 80;

    private final PrintStream out;
    private final PrintStream err;
    private final int columns;
    private final boolean json;
    private final boolean quiet;

    /**
     * To a pair of streams.
     *
     * @param environment may say how wide a line is
     * @param json whether the report is for programs
     * @param quiet whether to show no progress
     */
    RunOutput(PrintStream out, PrintStream err, Map<String, String> environment, boolean json, boolean quiet) {
        this.out = out;
        this.err = err;
        this.columns = columns(environment);
        this.json = json;
        this.quiet = quiet;
    }

    private static int columns(Map<String, String> environment) {
        String columns = environment.getOrDefault("COLUMNS", "");
        return columns.matches("[1-9]\\d{0,3}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS;
    }

    @FunctionalInterface
    interface Run {
        RunReport run() throws InterruptedException;
    }

    /** Shows the progress of a run to its end. */
    RunReport showing(RunProgress progress, Run run) throws InterruptedException {
        if (quiet) {
            return run.run();
        }
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        try (ProgressDisplay _ = ProgressDisplay.start(progress, err, terminal, columns)) {
            return run.run();
        }
    }

    void print(RunReport report) {
        if (!json) {
            out.print(ReportTable.of(report));
            out.flush();
            return;
        }
        try {
            out.println(Json.MAPPER.writeValueAsString(report));
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("not writable as JSON: " + unwritable.getOriginalMessage(), unwritable);
        }
    }
}
