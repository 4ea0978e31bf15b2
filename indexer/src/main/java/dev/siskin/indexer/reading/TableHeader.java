package dev.siskin.indexer.reading;

/**
 * The names of a table's columns: what a row needs beside it to be understood.
 *
 * @param text the names in a line, {@value #SEPARATOR} between them; of a very wide table the first ones
 * @param end offset after the header's rows, UTF-16 units; every row that begins at it or after it is without its header.
 *     No more than the block's own start where a block goes on with the rows of a table whose header is in an earlier one
 */
public record TableHeader(String text, int end) {
    /** Between two cells. */
    public static final String SEPARATOR = " | ";

    /** The same above a block that goes on with the table: it begins with a row. */
    TableHeader ofRowsBelow() {
        return new TableHeader(text, 0);
    }
}
