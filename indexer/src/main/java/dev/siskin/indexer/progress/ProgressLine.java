package dev.siskin.indexer.progress;

import java.util.Locale;

/** One line that says how far a run is, with a bar for terminals and without for logs. */
final class ProgressLine {
    private static final int BAR_CELLS = 20;

    private ProgressLine() {}

    /** For a terminal: at most {@code columns} wide. */
    static String bar(RunProgress.Snapshot now, double seconds, int columns) {
        double part = now.found() == 0 ? 0 : Math.min(1.0, (double) now.done() / now.found());
        int filled = (int) Math.round(part * BAR_CELLS);
        String bar = "[" + "#".repeat(filled) + ".".repeat(BAR_CELLS - filled) + "] ";
        String line = bar + plain(now, seconds);
        return line.length() <= columns ? line : line.substring(0, Math.max(0, columns - 1)) + "…";
    }

    /** For a log. */
    static String plain(RunProgress.Snapshot now, double seconds) {
        var line = new StringBuilder(String.format(
                Locale.ROOT, "%,d/%,d documents, %,d chunks", now.done(), now.found(), now.embeddedChunks()));
        if (seconds > 0 && now.tokens() > 0) {
            line.append(String.format(Locale.ROOT, ", %,d tokens/s", Math.round(now.tokens() / seconds)));
        }
        if (now.done() > 0 && now.done() < now.found()) {
            double left = seconds / now.done() * (now.found() - now.done());
            line.append(", ").append(Durations.text(left)).append(" left");
        }
        if (now.failed() > 0) {
            line.append(", ").append(now.failed()).append(" failed");
        }
        String last = now.notice().isEmpty() ? now.currentFile() : now.notice();
        return last.isEmpty() ? line.toString() : line + "; " + Printable.line(last);
    }
}
