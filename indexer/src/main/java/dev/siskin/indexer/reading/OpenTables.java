package dev.siskin.indexer.reading;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The tables around a place in a text, one within the other: where their rows began, and the header of the outermost, for
 * which its cells are collected. The text itself is {@link TextBlocks}'; offsets are of that.
 */
final class OpenTables {
    private final boolean guessHeaders;
    private final Deque<Integer> rowStarts = new ArrayDeque<>();
    private final List<String> row = new ArrayList<>();
    private final StringBuilder cell = new StringBuilder();
    private HeaderFinder headers = new HeaderFinder(false);
    private int open;
    private boolean isAtRowStart;
    private boolean isBelowHeader;
    private boolean headerGroup;
    private boolean headerCells;

    /** @param guessHeaders whether a row that is not marked may be the header */
    OpenTables(boolean guessHeaders) {
        this.guessHeaders = guessHeaders;
    }

    boolean areOpen() {
        return open > 0;
    }

    boolean isOneOpen() {
        return open == 1;
    }

    /** A table begins. */
    void start(int at) {
        if (open == 0) {
            headers = new HeaderFinder(guessHeaders);
            isBelowHeader = false;
            headerGroup = false;
        }
        open++;
        rowStarts.addLast(at);
    }

    void end() {
        open = Math.max(0, open - 1);
        rowStarts.pollLast();
    }

    /** Leaves all of them for a document within this one; how many they are. */
    int leave() {
        int left = open;
        open = 0;
        return left;
    }

    /** Comes back to those that were left. */
    void comeBack(int left) {
        open = left;
    }

    /** Whether the rows that come are headers. */
    void headerRows(boolean begin) {
        if (open == 1) {
            headerGroup = begin;
        }
    }

    void startRow(int at) {
        rowStarts.pollLast();
        rowStarts.addLast(at);
        isAtRowStart = true;
        if (open == 1) {
            row.clear();
            cell.setLength(0);
            headerCells = true;
        }
    }

    /** Whether the next cell is the first of its row. */
    boolean isAtRowStart() {
        return isAtRowStart;
    }

    void startCell(boolean isHeader) {
        isAtRowStart = false;
        if (open == 1) {
            row.add(cell.toString());
            cell.setLength(0);
            headerCells &= isHeader;
        }
    }

    /** Text of the cell that is open. */
    void append(String run) {
        if (open > 0 && !headers.decided()) {
            cell.append(run);
        }
    }

    /** @param at where the row ends */
    void endRow(int at) {
        if (open != 1) {
            return;
        }
        if (!headers.decided()) {
            row.add(cell.toString());
            headers.row(row, headerCells || headerGroup, at);
        }
        cell.setLength(0);
    }

    /** Where the innermost row begins; 0 where there is none. */
    int rowStart() {
        return rowStarts.isEmpty() ? 0 : rowStarts.getLast();
    }

    /** Says that all rows stand elsewhere, since something was written before them. */
    void move(int by) {
        List<Integer> starts = List.copyOf(rowStarts);
        rowStarts.clear();
        starts.forEach(start -> rowStarts.addLast(start + by));
    }

    /** Says that all rows are cut here, so that what comes of them begins here. */
    void cutRows(int at) {
        int rows = rowStarts.size();
        rowStarts.clear();
        for (int i = 0; i < rows; i++) {
            rowStarts.addLast(at);
        }
    }

    /** The header of the rows of a block; later blocks of the table lie below it. */
    Optional<TableHeader> header(int blockStart, int blockEnd) {
        Optional<TableHeader> header = headers.header()
                .map(found -> isBelowHeader
                        ? found.ofRowsBelow()
                        : new TableHeader(found.text(), Math.clamp(found.end(), blockStart, blockEnd)));
        isBelowHeader = true;
        return header;
    }
}
