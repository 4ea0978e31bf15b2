package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.Reader;

/**
 * The lines of a text of any length, a line at a time; one that is very long comes in pieces. One thread.
 */
final class LineReader {
    static final int MAX_LINE_CHARS = 64 * 1024;

    private final Reader reader;
    private final char[] buffer = new char[16 * 1024];
    private int next;
    private int filled;

    LineReader(Reader reader) {
        this.reader = reader;
    }

    /**
     * Appends the next line with its line break, or a piece of it.
     *
     * @return false at the end of the text
     */
    boolean appendLine(StringBuilder text) throws IOException {
        int begin = text.length();
        while (true) {
            if (next == filled) {
                next = 0;
                filled = Math.max(0, reader.read(buffer));
                if (filled == 0) {
                    return text.length() > begin;
                }
            }
            char c = buffer[next];
            int length = text.length() - begin;
            if (length >= MAX_LINE_CHARS
                    && !Character.isLowSurrogate(c)
                    && c != '\n'
                    && c != '\r'
                    && isBorder(c, length)) {
                return true;
            }
            text.append(c);
            next++;
            if (c == '\n') {
                return true;
            }
        }
    }

    /** A long line is parted between words, and where there are none anywhere. */
    private static boolean isBorder(char c, int length) {
        return Character.isWhitespace(c) || length >= 2 * MAX_LINE_CHARS;
    }
}
