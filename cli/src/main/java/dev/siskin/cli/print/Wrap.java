package dev.siskin.cli.print;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Breaks text into lines at spaces; a word longer than a line gets a line of its own. */
final class Wrap {
    /** Control sequences in a document, and marks that turn the writing around, must not reach the terminal. */
    private static final Pattern CONTROL =
            Pattern.compile("[[\\p{Cc}\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]&&[^\\n]]+");

    private static final Pattern SPACES = Pattern.compile(" +");

    private Wrap() {}

    /** One printable line: control characters and line breaks become spaces. */
    static String oneLine(String text) {
        return SPACES.matcher(printable(text).replace('\n', ' '))
                .replaceAll(" ")
                .strip();
    }

    /** Line breaks stay, every other control character becomes a space. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll(" ");
    }

    static List<String> lines(String text, int width) {
        var lines = new ArrayList<String>();
        for (String part : printable(text).split("\n", -1)) {
            wrap(part, width, lines);
        }
        return lines;
    }

    private static void wrap(String text, int width, List<String> lines) {
        var line = new StringBuilder();
        int columns = 0;
        for (String word : SPACES.split(text.strip(), -1)) {
            int length = word.codePointCount(0, word.length());
            if (columns > 0 && columns + 1 + length > width) {
                lines.add(line.toString());
                line.setLength(0);
                columns = 0;
            }
            if (columns > 0) {
                line.append(' ');
                columns++;
            }
            line.append(word);
            columns += length;
        }
        lines.add(line.toString());
    }
}
