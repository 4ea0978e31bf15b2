package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.tika.exception.WriteLimitReachedException;
import org.jspecify.annotations.Nullable;

/**
 * The structure of a Markdown text: headings (with {@code #} or underlined), paragraphs and list items, fenced code,
 * tables. The text stays as it is, so that offsets are those of the file; front matter becomes metadata and is left out
 * of the sections. Follows CommonMark where sections depend on it, and no further. One text an object, one thread.
 */
final class MarkdownReader {
    static final String MIME_TYPE = "text/markdown";

    private static final Pattern HEADING = Pattern.compile(" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*");
    private static final Pattern UNDERLINE = Pattern.compile(" {0,3}(=+|-+)[ \t]*");
    private static final Pattern FENCE = Pattern.compile(" {0,12}(`{3,}|~{3,}).*");
    private static final Pattern LIST_ITEM = Pattern.compile(" {0,12}(?:[-*+]|\\d{1,9}[.)])[ \t].*");
    private static final Pattern CELL_BORDER = Pattern.compile("(?<!\\\\)\\|");
    private static final Pattern LINK = Pattern.compile("!?\\[([^\\]]*)]\\([^)]*\\)");

    private final PartBuilder parts;
    private final StringBuilder text;
    private final int maxChars;
    private FrontMatter frontMatter = FrontMatter.NONE;
    private @Nullable String fence;
    private Block.Kind kind = Block.Kind.PROSE;
    private int blockStart = -1;
    private int blockEnd;
    private int blockLines;
    private Optional<TableHeader> header = Optional.empty();

    private MarkdownReader(int partChars, int maxChars, PartSink sink) {
        this.parts = new PartBuilder(partChars, maxChars, part -> sink.part(head(), part));
        this.text = parts.text();
        this.maxChars = maxChars;
    }

    /**
     * Finds headings and blocks.
     *
     * @throws WriteLimitReachedException if the text is longer than {@code maxChars}
     */
    static void read(Reader reader, int partChars, int maxChars, PartSink sink)
            throws IOException, InterruptedException, WriteLimitReachedException {
        var markdown = new MarkdownReader(partChars, maxChars, sink);
        markdown.read(new LineReader(reader));
    }

    private DocumentHead head() {
        return new DocumentHead(frontMatter.title().or(parts::firstHeading), MIME_TYPE, frontMatter.metadata());
    }

    private void read(LineReader lines) throws IOException, InterruptedException, WriteLimitReachedException {
        int next = readFrontMatter(lines);
        do {
            while (next < text.length()) {
                int end = lineEnd(next);
                line(next, contentEnd(next, end));
                next = end;
            }
            if (blockStart >= 0 && parts.isTooLong(text.length() - blockStart)) {
                cutBlock();
            }
            if (blockStart < 0 && parts.between()) {
                next = 0;
            }
            if (parts.overflows(0)) {
                throw new WriteLimitReachedException(maxChars);
            }
        } while (lines.appendLine(text));
        endBlock();
        parts.end();
    }

    /** Offset of the next line. */
    private int lineEnd(int start) {
        int newline = text.indexOf("\n", start);
        return newline < 0 ? text.length() : newline + 1;
    }

    /** Offset of the line's end without its line break. */
    private int contentEnd(int start, int end) {
        int last = end;
        while (last > start && (text.charAt(last - 1) == '\n' || text.charAt(last - 1) == '\r')) {
            last--;
        }
        return last;
    }

    /** Reads as far as that takes; where the text begins: at 0 where there is no front matter. */
    private int readFrontMatter(LineReader lines) throws IOException {
        if (!lines.appendLine(text)
                || !text.substring(0, contentEnd(0, text.length())).equals("---")) {
            return 0;
        }
        int begin = text.length();
        for (int start = begin;
                lines.appendLine(text) && text.length() < FrontMatter.MAX_CHARS;
                start = text.length()) {
            String line = text.substring(start, contentEnd(start, text.length()));
            if (line.equals("---") || line.equals("...")) {
                frontMatter = FrontMatter.of(text.substring(begin, start));
                return text.length();
            }
        }
        return 0;
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
        if (blockStart >= 0
                && blockLines == 1
                && isDelimiterRow(line)
                && text.substring(blockStart, blockEnd).contains("|")) {
            kind = Block.Kind.TABLE;
            header = Optional.of(new TableHeader(cells(text.substring(blockStart, blockEnd)), end));
            extendBlock(start, end);
            return;
        }
        boolean row = line.stripLeading().startsWith("|") || (header.isPresent() && line.contains("|"));
        Block.Kind lineKind = row ? Block.Kind.TABLE : Block.Kind.PROSE;
        if (lineKind != kind || LIST_ITEM.matcher(line).matches()) {
            endBlock();
        }
        kind = lineKind;
        extendBlock(start, end);
    }

    /** The line of dashes below a table's header. */
    private static boolean isDelimiterRow(String line) {
        return line.contains("|") && line.contains("-") && line.chars().allMatch(c -> "|-: \t".indexOf(c) >= 0);
    }

    /** The cells of a row of a table, in a line. */
    private static String cells(String row) {
        return Arrays.stream(CELL_BORDER.split(row))
                .map(String::strip)
                .filter(cell -> !cell.isEmpty())
                .collect(Collectors.joining(TableHeader.SEPARATOR));
    }

    private boolean closesFence(String line) {
        String stripped = line.strip();
        String opening = String.valueOf(fence);
        return stripped.length() >= opening.length() && stripped.chars().allMatch(c -> c == opening.charAt(0));
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
            parts.sections().block(Block.Kind.PROSE, start, end);
        } else {
            parts.sections().heading(level, name, start, end);
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
            parts.sections().block(new Block(kind, blockStart, blockEnd, header));
        }
        blockStart = -1;
        header = Optional.empty();
        kind = fence == null ? Block.Kind.PROSE : Block.Kind.LINES;
    }

    /** A block may be as long as the text: what follows goes on with it, under the same header where it is a table. */
    private void cutBlock() {
        Block.Kind cut = kind;
        Optional<TableHeader> above = header.map(TableHeader::ofRowsBelow);
        endBlock();
        if (cut == Block.Kind.TABLE) {
            kind = cut;
            header = above;
        }
    }
}
