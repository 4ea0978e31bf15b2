package dev.siskin.indexer.splitting;

import dev.siskin.indexer.reading.TableHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is put before a chunk: a line of title and headings, {@code "Guide > Batching"}, and before rows of a table whose
 * header is in an earlier chunk a second line, {@code "name | price"}, so that the rows read as they do in the table.
 *
 * <p>Every token of it is embedded with every chunk, so it is kept short: headings between the first and the last go
 * first, then the rest is cut, the header between two columns. Of the tokens there are, a header gets what the headings
 * leave, and half if it needs as many.
 */
final class ChunkContext {
    private static final String SEPARATOR = " > ";
    private static final int MAX_TOKENS = SplitSettings.MAX_CONTEXT_TOKENS;

    private final String title;
    private final TokenStarts tokens;
    private List<String> lastPath = List.of("\0");
    private Optional<String> lastHeader = Optional.empty();
    private @Nullable String last;

    ChunkContext(String title, TokenStarts tokens) {
        this.title = title.strip();
        this.tokens = tokens;
    }

    /**
     * The context under a path of headings; null where there is nothing to be said.
     *
     * @param header of the table whose rows the chunk begins with
     */
    @Nullable
    String of(List<String> path, Optional<String> header) {
        if (!path.equals(lastPath) || !header.equals(lastHeader)) {
            lastPath = path;
            lastHeader = header;
            String context = header.map(String::strip)
                    .filter(columns -> !columns.isEmpty())
                    .map(columns -> withHeader(path, columns))
                    .orElseGet(() -> headings(path, MAX_TOKENS));
            last = context.isBlank() ? null : context;
        }
        return last;
    }

    private String withHeader(List<String> path, String header) {
        int reserved = Math.min(tokens.of(cut(header, SplitSettings.MAX_CONTEXT_CHARS)).length, MAX_TOKENS / 2);
        String headings = headings(path, MAX_TOKENS - reserved);
        int headerStart = headings.isEmpty() ? 0 : headings.length() + 1;
        String whole = cut(headings.isEmpty() ? header : headings + "\n" + header, SplitSettings.MAX_CONTEXT_CHARS);
        int[] starts = tokens.of(whole);
        if (starts.length <= MAX_TOKENS && whole.length() == headerStart + header.length()) {
            return whole;
        }
        int end = starts.length > MAX_TOKENS ? starts[MAX_TOKENS] : whole.length();
        int column = whole.lastIndexOf(TableHeader.SEPARATOR, end);
        return whole.substring(0, column > headerStart ? column : end).strip();
    }

    private String headings(List<String> path, int most) {
        List<String> parts = new ArrayList<>(path);
        if (!title.isEmpty() && (parts.isEmpty() || !parts.getFirst().equalsIgnoreCase(title))) {
            parts.addFirst(title);
        }
        String line = String.join(SEPARATOR, parts);
        int[] starts = tokens.of(line);
        while (starts.length > most && parts.size() > 2) {
            parts.remove(1);
            line = String.join(SEPARATOR, parts);
            starts = tokens.of(line);
        }
        return cut(starts.length > most ? line.substring(0, starts[most]) : line, SplitSettings.MAX_CONTEXT_CHARS / 2)
                .strip();
    }

    /** At most so many UTF-16 units, and no half of a pair. */
    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }
}
