package dev.siskin.inference.shaping;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The items that an answer lists: lines with list marks, else its cited sentences, else "a, b and c". Reads the end of it,
 * and lines up to a length: a history may hold anything, and this runs before any bound on time.
 */
final class ListedItems {
    private static final int LONGEST_ANSWER = 4_000;
    private static final int LONGEST_LINE = 400;

    private static final Pattern LISTED = Pattern.compile("(?:[-*+•]|\\d{1,2}[.)])\\s++(\\S.*+)");
    private static final Pattern MARKS = Pattern.compile("(?:\\[\\d{1,3}])++");
    private static final String WORD = "[\\p{L}\\p{N}_`'-]++";
    private static final Pattern ROW =
            Pattern.compile("(?<![\\p{L}\\p{N}_`'-])" + WORD + "(?:, " + WORD + ")*+,?+ (?:and|or) " + WORD);
    private static final Pattern BETWEEN = Pattern.compile(",? (?:and|or) |, ");

    private ListedItems() {}

    static List<String> of(String answer) {
        List<String> lines = answer.substring(Math.max(0, answer.length() - LONGEST_ANSWER))
                .lines()
                .map(String::strip)
                .map(line -> line.substring(0, Math.min(line.length(), LONGEST_LINE)))
                .toList();
        List<String> listed = lines.stream()
                .map(LISTED::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .toList();
        if (listed.size() > 1) {
            return listed;
        }
        List<String> cited =
                lines.stream().flatMap(line -> cited(line).stream()).toList();
        if (cited.size() > 1) {
            return cited;
        }
        return lines.stream()
                .map(ROW::matcher)
                .filter(Matcher::find)
                .findFirst()
                .map(row -> List.of(BETWEEN.split(row.group(), -1)))
                .orElse(List.of());
    }

    /** What stands before each run of marks. */
    private static List<String> cited(String line) {
        List<String> sentences = new ArrayList<>();
        Matcher marks = MARKS.matcher(line);
        int from = 0;
        while (marks.find()) {
            String sentence = line.substring(from, marks.start()).strip();
            if (!sentence.isEmpty()) {
                sentences.add(sentence);
            }
            from = marks.end();
        }
        return sentences;
    }
}
