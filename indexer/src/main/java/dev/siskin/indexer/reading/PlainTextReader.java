package dev.siskin.indexer.reading;

import java.util.List;
import java.util.Optional;

/** Plain text: paragraphs between blank lines, no headings. Source code and data read as lines. */
final class PlainTextReader {
    private PlainTextReader() {}

    /**
     * Finds the paragraphs.
     *
     * @param kind how a paragraph is cut where it must be
     */
    static ReadDocument read(String text, String mimeType, Block.Kind kind) {
        var sections = new SectionBuilder();
        int blockStart = -1;
        int blockEnd = 0;
        for (int start = 0; start < text.length(); ) {
            int newline = text.indexOf('\n', start);
            int end = newline < 0 ? text.length() : newline;
            boolean blank = text.substring(start, end).isBlank();
            if (blank && blockStart >= 0) {
                sections.block(kind, blockStart, blockEnd);
                blockStart = -1;
            } else if (!blank) {
                blockStart = blockStart < 0 ? start : blockStart;
                blockEnd = end;
            }
            start = end + 1;
        }
        if (blockStart >= 0) {
            sections.block(kind, blockStart, blockEnd);
        }
        return new ReadDocument(Optional.empty(), mimeType, new ExtractedText(text, sections.build(), List.of()));
    }
}
