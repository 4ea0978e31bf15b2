package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.Reader;
import org.apache.tika.exception.WriteLimitReachedException;

/** Plain text: paragraphs between blank lines, no headings. Source code and data read as lines. */
final class PlainTextReader {
    private PlainTextReader() {}

    /**
     * Finds the paragraphs.
     *
     * @param kind how a paragraph is cut where it must be
     * @throws WriteLimitReachedException if the text is longer than {@code maxChars}
     */
    static void read(Reader reader, DocumentHead head, Block.Kind kind, int partChars, int maxChars, PartSink sink)
            throws IOException, InterruptedException, WriteLimitReachedException {
        var parts = new PartBuilder(partChars, maxChars, part -> sink.part(head, part));
        var lines = new LineReader(reader);
        StringBuilder text = parts.text();
        int blockStart = -1;
        int blockEnd = 0;
        for (int start = 0; lines.appendLine(text); start = text.length()) {
            int end = endOfText(text, start);
            boolean blank = end == start;
            if (!blank) {
                blockStart = blockStart < 0 ? start : blockStart;
                blockEnd = end;
            }
            if (blockStart >= 0 && (blank || parts.isTooLong(text.length() - blockStart))) {
                parts.sections().block(kind, blockStart, blockEnd);
                blockStart = -1;
            }
            if (parts.overflows(0)) {
                throw new WriteLimitReachedException(maxChars);
            }
            if (blockStart < 0) {
                parts.between();
            }
        }
        if (blockStart >= 0) {
            parts.sections().block(kind, blockStart, blockEnd);
        }
        parts.end();
    }

    /** Where the white space begins that the line ends in. */
    private static int endOfText(StringBuilder text, int start) {
        int end = text.length();
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
