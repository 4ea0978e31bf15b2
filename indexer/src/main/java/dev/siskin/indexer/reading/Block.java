package dev.siskin.indexer.reading;

/**
 * A piece of text that belongs together.
 *
 * @param start offset into the extracted text, UTF-16 units
 * @param end exclusive
 */
public record Block(Kind kind, int start, int end) {
    /** How a block is cut where it must be. */
    public enum Kind {
        /** A paragraph or list item: at the end of a sentence. */
        PROSE,
        /** Code or a table: at the end of a line. */
        LINES
    }
}
