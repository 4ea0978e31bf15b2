package dev.siskin.indexer.reading;

import java.util.Optional;

/**
 * A piece of text that belongs together.
 *
 * @param start offset into the extracted text, UTF-16 units
 * @param end exclusive
 * @param header of a table that has one
 */
public record Block(Kind kind, int start, int end, Optional<TableHeader> header) {
    /** How a block is cut where it must be. */
    public enum Kind {
        /** A paragraph or list item: at the end of a sentence. */
        PROSE,
        /** Code or data: where a function or section ends as indentation and blank lines tell, else at a line. */
        LINES,
        /** A table, a row a line: at the end of a row. */
        TABLE
    }

    /** A block without a header. */
    public Block(Kind kind, int start, int end) {
        this(kind, start, end, Optional.empty());
    }
}
