package dev.siskin.indexer.progress;

import java.util.Locale;

/** One line that says how far a run is, with a bar for terminals and without for logs. */
final class ProgressLine {
    private static final int BAR_CELLS = 20;

    private ProgressLine() {}

    /** For a terminal: at most {@code columns} wide. */
    static String bar(RunProgress.Snapshot now, double seconds, int columns) {
        if (now.found() == 0) {
            return shortened(plain(now, seconds), columns);
        }
        double part = Math.min(1.0, (double) now.done() / now.found());
        int filled = (int) Math.round(part * BAR_CELLS);
        String bar = "[" + "#".repeat(filled) + ".".repeat(BAR_CELLS - filled) + "] ";
        return shortened(bar + plain(now, seconds), columns);
    }

    private static String shortened(String line, int columns) {
        return line.length() <= columns ? line : line.substring(0, Math.max(0, columns - 1)) + "…";
    }

    /** For a log. */
    static String plain(RunProgress.Snapshot now, double seconds) {
        String of = now.found() == 0 ? "" : String.format(Locale.ROOT, "/%,d", now.found());
        var line = new StringBuilder(
                String.format(Locale.ROOT, "%,d%s documents, %,d chunks", now.done(), of, now.embeddedChunks()));
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
