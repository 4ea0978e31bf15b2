package dev.siskin.indexer.progress;

import java.util.Locale;

/** A run's report for people. */
public final class ReportTable {
    private ReportTable() {}

    /** Several lines, each ended. */
    public static String of(RunReport report) {
        var table = new StringBuilder();
        row(table, "collection", report.collection() + " at " + report.service());
        row(table, report.dryRun() ? "to add" : "added", count(report.added()));
        row(table, report.dryRun() ? "to replace" : "replaced", count(report.replaced()));
        row(table, "unchanged", count(report.unchanged()));
        if (report.removed() > 0) {
            row(table, report.dryRun() ? "to remove" : "removed", count(report.removed()));
        }
        row(table, "failed", count(report.failed()));
        if (report.dryRun()) {
            Estimate estimate = report.estimate();
            row(
                    table,
                    "estimate",
                    estimate == null
                            ? report.added() + report.replaced() == 0
                                    ? "nothing to embed"
                                    : "not known: none of the files drawn has text"
                            : "about %s to embed some %s tokens"
                                    .formatted(Durations.text((double) estimate.seconds()), count(estimate.tokens())));
        } else {
            row(table, "chunks", count(report.chunks()) + resumed(report));
            row(table, "tokens", count(report.tokens()) + rate(report));
        }
        row(table, "time", Durations.text(report.seconds()));
        if (!report.failures().isEmpty()) {
            table.append("\nnot indexed:\n");
            for (Failure failure : report.failures()) {
                table.append("  ").append(Printable.line(failure.document())).append(": ");
                table.append(Printable.line(failure.reason()))
                        .append("; ")
                        .append(failure.remedy())
                        .append('\n');
            }
        }
        if (report.failed() > report.failures().size()) {
            table.append("  and %,d more%n"
                    .formatted(report.failed() - report.failures().size()));
        }
        if (report.notPruned() != null) {
            table.append("\nnothing was removed: ")
                    .append(Printable.line(report.notPruned()))
                    .append('\n');
        }
        if (report.stopped() != null) {
            table.append("\nstopped: ").append(Printable.line(report.stopped())).append('\n');
            table.append("What is counted above is in the collection; the same command goes on from there.\n");
        }
        return table.toString();
    }

    private static void row(StringBuilder table, String name, String value) {
        table.append("%-11s %s%n".formatted(name, value));
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String resumed(RunReport report) {
        return report.resumed() == 0
                ? ""
                : " (%s sent before, by a run that did not end)".formatted(count(report.resumed()));
    }

    private static String rate(RunReport report) {
        boolean meaningful = report.tokens() > 0 && report.seconds() > 0;
        return meaningful ? " (%s/s)".formatted(count(Math.round(report.tokens() / report.seconds()))) : "";
    }
}
