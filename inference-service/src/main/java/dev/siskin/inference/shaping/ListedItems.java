package dev.siskin.inference.shaping;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The items that an answer lists: lines with list marks, else its cited sentences, else "a, b and c". */
final class ListedItems {
    private static final Pattern LINE = Pattern.compile("(?m)^\\s*(?:[-*+•]|\\d{1,2}[.)])\\s+(\\S.*)$");
    private static final Pattern CITED = Pattern.compile("(\\S[^\\n]*?)\\s*((?:\\[\\d{1,3}])+)");
    private static final Pattern IN_A_SENTENCE = Pattern.compile(
            "([\\p{L}\\p{N}_`'-]+(?:, [\\p{L}\\p{N}_`'-]+)+,? (?:and|or) [\\p{L}\\p{N}_`'-]+|[\\p{L}\\p{N}_`'-]+ (?:and|or) [\\p{L}\\p{N}_`'-]+)");

    private ListedItems() {}

    static List<String> of(String answer) {
        List<String> lines = groups(LINE.matcher(answer));
        if (lines.size() > 1) {
            return lines;
        }
        List<String> sentences = groups(CITED.matcher(answer));
        if (sentences.size() > 1) {
            return sentences;
        }
        Matcher row = IN_A_SENTENCE.matcher(answer);
        return row.find() ? List.of(row.group(1).split(",? (?:and|or) |, ", -1)) : List.of();
    }

    private static List<String> groups(Matcher matcher) {
        List<String> groups = new ArrayList<>();
        while (matcher.find()) {
            groups.add(matcher.group(1).strip());
        }
        return groups;
    }
}
