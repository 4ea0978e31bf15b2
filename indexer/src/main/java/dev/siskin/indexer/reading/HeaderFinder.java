package dev.siskin.indexer.reading;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds a table's header in its first rows: those marked as such, else of the top rows the first that is not of
 * numbers, or the first of those with several filled cells: one with a single cell is a title above the table.
 */
final class HeaderFinder {
    private static final int TOP_ROWS = 5;
    private static final int MAX_CHARS = 1000;

    private static final Pattern YEAR = Pattern.compile("[12][0-9]{3}");

    private final boolean guess;
    private Optional<TableHeader> header = Optional.empty();
    private int rows;
    private int cells;
    private boolean marked;
    private boolean decided;

    /** @param guess whether a row that is not marked may be the header */
    HeaderFinder(boolean guess) {
        this.guess = guess;
    }

    /** Whether further rows change nothing. */
    boolean decided() {
        return decided;
    }

    /**
     * Takes the next row.
     *
     * @param row the cells' text
     * @param isMarked whether the document says that it is a header
     * @param end offset after the row
     */
    void row(List<String> row, boolean isMarked, int end) {
        List<String> filled =
                row.stream().map(String::strip).filter(cell -> !cell.isEmpty()).toList();
        rows++;
        if (isMarked && !filled.isEmpty()) {
            String above = marked ? header.map(TableHeader::text).orElse("") + TableHeader.SEPARATOR : "";
            marked = true;
            header = Optional.of(new TableHeader(above + line(filled), end));
        } else if (!filled.isEmpty() && marked) {
            decided = true;
        } else if (guess && filled.size() > cells && isOfNames(filled)) {
            cells = filled.size();
            header = Optional.of(new TableHeader(line(filled), end));
        }
        decided |= rows >= TOP_ROWS || cells >= 2;
    }

    /** What was found so far. */
    Optional<TableHeader> header() {
        return header;
    }

    /** Values are mostly numbers, names of columns are not, but for years. */
    private static boolean isOfNames(List<String> cells) {
        long names = cells.stream()
                .filter(cell -> YEAR.matcher(cell).matches() || cell.chars().anyMatch(Character::isLetter))
                .count();
        return 2 * names > cells.size();
    }

    private static String line(List<String> cells) {
        var line = new StringBuilder();
        for (String cell : cells) {
            if (line.length() + cell.length() > MAX_CHARS && !line.isEmpty()) {
                break;
            }
            line.append(line.isEmpty() ? "" : TableHeader.SEPARATOR)
                    .append(cell, 0, Math.min(cell.length(), MAX_CHARS));
        }
        return line.toString().replaceAll("\\s+", " ");
    }
}
