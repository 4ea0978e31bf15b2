package dev.siskin.indexer.splitting;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The line put before a chunk: title and headings, {@code "Guide > Batching"}. Every token of it is embedded with every
 * chunk, so it is kept short: headings between the first and the last go first, then the rest is cut.
 */
final class ContextLine {
    private static final String SEPARATOR = " > ";

    private final String title;
    private final TokenStarts tokens;
    private List<String> lastPath = List.of("\0");
    private @Nullable String lastLine;

    ContextLine(String title, TokenStarts tokens) {
        this.title = title.strip();
        this.tokens = tokens;
    }

    /** The line for a path of headings; null where there is neither title nor heading. */
    @Nullable
    String of(List<String> path) {
        if (!path.equals(lastPath)) {
            lastPath = path;
            lastLine = line(path);
        }
        return lastLine;
    }

    private @Nullable String line(List<String> path) {
        List<String> parts = new ArrayList<>(path);
        if (!title.isEmpty() && (parts.isEmpty() || !parts.getFirst().equalsIgnoreCase(title))) {
            parts.addFirst(title);
        }
        String line = String.join(SEPARATOR, parts);
        int[] starts = tokens.of(line);
        while (starts.length > SplitSettings.MAX_CONTEXT_TOKENS && parts.size() > 2) {
            parts.remove(1);
            line = String.join(SEPARATOR, parts);
            starts = tokens.of(line);
        }
        if (starts.length > SplitSettings.MAX_CONTEXT_TOKENS) {
            line = line.substring(0, starts[SplitSettings.MAX_CONTEXT_TOKENS]).strip();
        }
        return line.isBlank() ? null : line;
    }
}
