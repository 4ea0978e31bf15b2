package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.tika.exception.WriteLimitReachedException;

/**
 * Comma-separated values and their kin as a table with a header, a record a line, a part at a time. The text is the file's own, so that
 * offsets are too, but for line breaks within quoted fields, which become spaces. Reads what RFC 4180 describes with any
 * of the usual delimiters, and refuses nothing: a quote that is not closed within {@value #MAX_QUOTED_CHARS} characters
 * is taken for a character like others.
 */
final class DelimitedTextReader {
    /** Tried in this order where they are equally good. */
    private static final String DELIMITERS = "\t;,|";

    private static final int MAX_QUOTED_CHARS = 32 * 1024;

    /** A longer record is parted: a file may be one line. */
    private static final int MAX_RECORD_CHARS = 256 * 1024;

    private static final int SAMPLE_RECORDS = 10;

    private final LineReader lines;
    private final PartBuilder parts;
    private final StringBuilder text;
    private final int maxChars;
    private Optional<TableHeader> header = Optional.empty();
    private boolean isBelowHeader;

    private DelimitedTextReader(LineReader lines, PartBuilder parts, int maxChars) {
        this.lines = lines;
        this.parts = parts;
        this.text = parts.text();
        this.maxChars = maxChars;
    }

    /**
     * Finds the records and the header.
     *
     * @throws WriteLimitReachedException if the text is longer than {@code maxChars}
     */
    static void read(Reader reader, DocumentHead head, int partChars, int maxChars, PartSink sink)
            throws IOException, InterruptedException, WriteLimitReachedException {
        var parts = new PartBuilder(partChars, maxChars, part -> sink.part(head, part));
        new DelimitedTextReader(new LineReader(reader), parts, maxChars).read();
    }

    private void read() throws IOException, InterruptedException, WriteLimitReachedException {
        List<int[]> sample = new ArrayList<>();
        int start = 0;
        int end = 0;
        for (int from = 0; from < text.length() || lines.appendLine(text); ) {
            int to = recordEnd(from);
            if (parts.overflows(0)) {
                throw new WriteLimitReachedException(maxChars);
            }
            if (!isBlank(from, to)) {
                start = end == 0 ? from : start;
                end = to;
                joinLines(from, to);
                if (!isBelowHeader && sample.size() < SAMPLE_RECORDS) {
                    sample.add(new int[] {from, to});
                }
            }
            from = Math.min(to + 1, text.length());
            // What was read ahead of a quote that does not close is of the next part, which begins after it.
            if (from == text.length() && parts.isTooLong(from)) {
                block(sample, start, end);
                parts.between();
                from = text.length();
                end = 0;
            }
        }
        block(sample, start, end);
        parts.end();
    }

    private void block(List<int[]> sample, int start, int end) {
        if (end == 0) {
            return;
        }
        header = isBelowHeader ? header.map(TableHeader::ofRowsBelow) : header(sample);
        isBelowHeader = true;
        parts.sections().block(new Block(Block.Kind.TABLE, start, end, header));
    }

    /** Offset of the line break that ends the record, or of the end of what is read where it is cut there. */
    private int recordEnd(int start) throws IOException {
        int lineEnd = -1;
        boolean quoted = false;
        for (int i = start; i < text.length() || (i - start < MAX_RECORD_CHARS && lines.appendLine(text)); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted && opensField(start, i);
            } else if (c == '\n') {
                if (!quoted) {
                    return i;
                }
                lineEnd = lineEnd < 0 ? i : lineEnd;
            }
            if (quoted && lineEnd >= 0 && i - start > MAX_QUOTED_CHARS) {
                return lineEnd;
            }
        }
        return quoted && lineEnd >= 0 ? lineEnd : text.length();
    }

    /** Whether a quote begins a quoted field; one right behind a closing quote goes on with it, as {@code ""} does. */
    private boolean opensField(int recordStart, int quote) {
        int before = quote - 1;
        while (before >= recordStart && text.charAt(before) == ' ') {
            before--;
        }
        return before < recordStart
                || DELIMITERS.indexOf(text.charAt(before)) >= 0
                || (text.charAt(before) == '"' && before == quote - 1);
    }

    private boolean isBlank(int start, int end) {
        for (int i = start; i < end; i++) {
            if (!Character.isWhitespace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private void joinLines(int start, int end) {
        for (int i = start; i < end - 1; i++) {
            if (text.charAt(i) == '\n' || text.charAt(i) == '\r') {
                text.setCharAt(i, ' ');
            }
        }
    }

    private Optional<TableHeader> header(List<int[]> records) {
        char delimiter = delimiter(records);
        var finder = new HeaderFinder(true);
        for (int[] record : records) {
            if (!finder.decided()) {
                finder.row(cells(record[0], record[1], delimiter), false, record[1]);
            }
        }
        return finder.header();
    }

    /** The one that every record of the sample has, and most of. */
    private char delimiter(List<int[]> records) {
        char best = ',';
        int most = 0;
        for (int i = 0; i < DELIMITERS.length(); i++) {
            char delimiter = DELIMITERS.charAt(i);
            int least = records.stream()
                    .mapToInt(record -> cells(record[0], record[1], delimiter).size() - 1)
                    .min()
                    .orElse(0);
            if (least > most) {
                most = least;
                best = delimiter;
            }
        }
        return best;
    }

    private List<String> cells(int start, int end, char delimiter) {
        List<String> cells = new ArrayList<>();
        boolean quoted = false;
        int from = start;
        for (int i = start; i < end; i++) {
            if (text.charAt(i) == '"') {
                quoted = !quoted && opensField(start, i);
            } else if (text.charAt(i) == delimiter && !quoted) {
                cells.add(cell(from, i));
                from = i + 1;
            }
        }
        cells.add(cell(from, end));
        return cells;
    }

    private String cell(int start, int end) {
        String cell = text.substring(start, end).strip();
        boolean quoted = cell.length() > 1 && cell.startsWith("\"") && cell.endsWith("\"");
        return quoted ? cell.substring(1, cell.length() - 1).replace("\"\"", "\"") : cell;
    }
}
