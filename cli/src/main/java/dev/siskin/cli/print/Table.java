package dev.siskin.cli.print;

import java.util.ArrayList;
import java.util.List;

/** Rows in columns: figures to the right, everything else to the left. */
public final class Table {
    private static final String GAP = "   ";

    private final List<List<String>> rows = new ArrayList<>();

    /** A table with these column titles. */
    public static Table of(String... titles) {
        return new Table().row(titles);
    }

    /** Adds a row with a cell for each column. */
    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** Prints it, the titles in bold. */
    public void print(Terminal terminal, int indent) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        for (int number = 0; number < rows.size(); number++) {
            String line = " ".repeat(indent) + format(rows.get(number), widths).stripTrailing();
            terminal.line(number == 0 ? terminal.bold(line) : line);
        }
    }

    private boolean holdsFigures(int column) {
        return rows.size() > 1
                && rows.stream().skip(1).allMatch(row -> Character.isDigit((row.get(column) + " ").charAt(0)));
    }

    private String format(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            String padding = " ".repeat(widths[column] - cell.length());
            line.append(column == 0 ? "" : GAP).append(holdsFigures(column) ? padding + cell : cell + padding);
        }
        return line.toString();
    }
}
