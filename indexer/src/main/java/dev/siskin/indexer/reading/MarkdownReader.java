package dev.siskin.indexer.reading;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The structure of a Markdown text: headings (with {@code #} or underlined), paragraphs and list items, fenced code,
 * tables. The text stays as it is, so that offsets are those of the file; front matter gives the title and is left out.
 * Follows CommonMark where sections depend on it, and no further. One text an object, one thread.
 */
final class MarkdownReader {
    static final String MIME_TYPE = "text/markdown";

    private static final Pattern HEADING = Pattern.compile(" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*");
    private static final Pattern UNDERLINE = Pattern.compile(" {0,3}(=+|-+)[ \t]*");
    private static final Pattern FENCE = Pattern.compile(" {0,12}(`{3,}|~{3,}).*");
    private static final Pattern LIST_ITEM = Pattern.compile(" {0,12}(?:[-*+]|\\d{1,9}[.)])[ \t].*");
    private static final Pattern LINK = Pattern.compile("!?\\[([^\\]]*)]\\([^)]*\\)");
    private static final Pattern TITLE = Pattern.compile("title:[ \t]*(.+?)[ \t]*");

    private final String text;
    private final SectionBuilder sections = new SectionBuilder();
    private Optional<String> title = Optional.empty();
    private @Nullable String fence;
    private Block.Kind kind = Block.Kind.PROSE;
    private int blockStart = -1;
    private int blockEnd;
    private int blockLines;

    private MarkdownReader(String text) {
        this.text = text;
    }

    /** Finds headings and blocks. */
    static ReadDocument read(String text) {
        var reader = new MarkdownReader(text);
        for (int start = reader.frontMatterEnd(); start < text.length(); ) {
            int end = lineEnd(text, start);
            reader.line(start, contentEnd(text, start, end));
            start = end;
        }
        reader.endBlock();
        Optional<String> title = reader.title.or(reader.sections::firstHeading);
        return new ReadDocument(title, MIME_TYPE, new ExtractedText(text, reader.sections.build(), List.of()));
    }

    /** Offset of the next line. */
    private static int lineEnd(String text, int start) {
        int newline = text.indexOf('\n', start);
        return newline < 0 ? text.length() : newline + 1;
    }

    /** Offset of the line's end without its line break. */
    private static int contentEnd(String text, int start, int end) {
        int last = end;
        while (last > start && (text.charAt(last - 1) == '\n' || text.charAt(last - 1) == '\r')) {
            last--;
        }
        return last;
    }

    private int frontMatterEnd() {
        int start = lineEnd(text, 0);
        if (!text.substring(0, contentEnd(text, 0, start)).equals("---")) {
            return 0;
        }
        Optional<String> found = Optional.empty();
        while (start < text.length()) {
            int end = lineEnd(text, start);
            String line = text.substring(start, contentEnd(text, start, end));
            if (line.equals("---") || line.equals("...")) {
                title = found;
                return end;
            }
            Matcher matcher = TITLE.matcher(line);
            if (matcher.matches()) {
                found = Optional.of(unquoted(matcher.group(1)));
            }
            start = end;
        }
        return 0;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() > 1
                && (value.charAt(0) == '"' || value.charAt(0) == '\'')
                && value.charAt(value.length() - 1) == value.charAt(0);
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    private void line(int start, int end) {
        String line = text.substring(start, end);
        if (fence != null) {
            extendBlock(start, end);
            if (closesFence(line)) {
                fence = null;
                endBlock();
            }
            return;
        }
        if (line.isBlank()) {
            endBlock();
            return;
        }
        Matcher opening = FENCE.matcher(line);
        if (opening.matches()) {
            endBlock();
            fence = opening.group(1);
            kind = Block.Kind.LINES;
            extendBlock(start, end);
            return;
        }
        Matcher heading = HEADING.matcher(line);
        if (heading.matches()) {
            endBlock();
            String name = heading.group(2) == null ? "" : heading.group(2);
            heading(heading.group(1).length(), name, start, end);
            return;
        }
        if (underlinesParagraph(line)) {
            int level = line.strip().charAt(0) == '=' ? 1 : 2;
            int from = blockStart;
            blockStart = -1;
            heading(level, text.substring(from, blockEnd), from, end);
            return;
        }
        proseOrTable(line, start, end);
    }

    private void proseOrTable(String line, int start, int end) {
        Block.Kind lineKind = line.stripLeading().startsWith("|") ? Block.Kind.LINES : Block.Kind.PROSE;
        if (lineKind != kind || LIST_ITEM.matcher(line).matches()) {
            endBlock();
        }
        kind = lineKind;
        extendBlock(start, end);
    }

    private boolean closesFence(String line) {
        String stripped = line.strip();
        String opening = String.valueOf(fence);
        return blockLines > 1
                && stripped.length() >= opening.length()
                && stripped.chars().allMatch(c -> c == opening.charAt(0));
    }

    /** A rule of dashes below a list or table is not an underline, nor one below several lines that are not a title. */
    private boolean underlinesParagraph(String line) {
        return blockStart >= 0
                && kind == Block.Kind.PROSE
                && blockLines == 1
                && UNDERLINE.matcher(line).matches()
                && !LIST_ITEM.matcher(text.substring(blockStart, blockEnd)).matches();
    }

    private void heading(int level, String markup, int start, int end) {
        String name =
                LINK.matcher(markup).replaceAll("$1").replaceAll("[*`]", "").strip();
        if (name.isEmpty()) {
            sections.block(Block.Kind.PROSE, start, end);
        } else {
            sections.heading(level, name, start, end);
        }
    }

    private void extendBlock(int start, int end) {
        if (blockStart < 0) {
            blockStart = start;
            blockLines = 0;
        }
        blockEnd = end;
        blockLines++;
    }

    private void endBlock() {
        if (blockStart >= 0) {
            sections.block(kind, blockStart, blockEnd);
        }
        blockStart = -1;
        kind = Block.Kind.PROSE;
    }
}
