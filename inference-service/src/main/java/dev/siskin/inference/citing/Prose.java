package dev.siskin.inference.citing;

import dev.siskin.inference.shaping.PlainText;
import java.util.HashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A quote or a sentence as it reads in an answer: list marks, heading marks and fences taken off, white space
 * collapsed, control and invisible characters and reference marks ({@code [4]}, {@code [1, 2]}, {@code 【1】}, which
 * would pass for citations) removed. The text is data: nothing in it is interpreted.
 */
final class Prose {
    // a group that repeats takes a stack frame for each time unless it is possessive: a passage is as long as it likes
    private static final Pattern BLOCK_MARK = Pattern.compile("^\\s*+(?:(?:[-*+•·‣>]|#{1,6}|\\d{1,3}[.)])\\s++)++");
    private static final Pattern FENCE = Pattern.compile("\\s*```[a-zA-Z0-9_+-]*\\s*");
    private static final Pattern IMAGE_OR_LINK = Pattern.compile("!?\\[([^\\[\\]]*)]\\(([^()\\s]*)(?:\\s[^()]*)?\\)");

    /** White space and the joiners, which {@link PlainText} keeps and which do not show. */
    private static final String SPACE = "[\\s\\u200C\\u200D]";

    private static final String NUMBERS = "(?!0[\\s,;–-])\\^?\\p{Nd}{1,3}+" + "(?:(?:" + SPACE + "++(?:[,;–-]" + SPACE
            + "*+)?|[,;–-]" + SPACE + "*+)\\^?\\p{Nd}{1,3}+)*+";

    private static final Pattern REFERENCE = Pattern.compile("\\s?(?:"
            + "[\\[［【]" + SPACE + "*+" + NUMBERS + SPACE + "*+[]］】]"
            + "|【\\p{Nd}{1,3}[†:][^【】]{0,40}】"
            + "|\\[note \\d{1,2}])");

    private static final Pattern NUMBER = Pattern.compile("\\p{Nd}{1,3}");

    private Prose() {}

    /** Words of a passage. */
    static String of(String quote) {
        return readable(PlainText.of(quote));
    }

    /** Words of a model: links and images lose their targets, which no citation vouches for. */
    static String written(String sentence) {
        return readable(outsideCode(PlainText.of(sentence), Prose::withoutMarks));
    }

    /** The passages that the marks of a sentence name, from 0; what lies outside is left out. */
    static Set<Integer> marked(String sentence, int passages) {
        Set<Integer> marked = new HashSet<>();
        Matcher marks = REFERENCE.matcher(PlainText.of(sentence));
        while (marks.find()) {
            Matcher numbers = NUMBER.matcher(marks.group());
            while (numbers.find()) {
                int passage = Integer.parseInt(numbers.group()) - 1;
                if (passage >= 0 && passage < passages) {
                    marked.add(passage);
                }
            }
        }
        return marked;
    }

    private static String readable(String plain) {
        String unmarked = BLOCK_MARK.matcher(plain).replaceFirst("");
        String code = withoutLoneTick(fencesAsTicks(unmarked));
        return outsideCode(code, Prose::withoutReferences).strip();
    }

    private static String fencesAsTicks(String text) {
        if (!text.contains("```")) {
            return text;
        }
        String[] parts = FENCE.split(text, -1);
        var joined = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            boolean opens = i % 2 == 1;
            joined.append(opens ? (joined.isEmpty() ? "`" : " `") : "` ").append(parts[i]);
        }
        return joined.append(parts.length % 2 == 0 ? "`" : "").toString();
    }

    /** A backtick without a partner would take what follows, our marks among it, for code. */
    private static String withoutLoneTick(String text) {
        boolean odd = text.chars().filter(c -> c == '`').count() % 2 == 1;
        int last = text.lastIndexOf('`');
        return odd ? text.substring(0, last) + text.substring(last + 1) : text;
    }

    /** Code keeps its brackets. */
    private static String outsideCode(String text, UnaryOperator<String> change) {
        String[] parts = text.split("`", -1);
        for (int i = 0; i < parts.length; i += 2) {
            parts[i] = change.apply(parts[i]);
        }
        return String.join("`", parts);
    }

    /** Reference marks may stand in a link's label. */
    private static String withoutMarks(String text) {
        String unmarked = withoutReferences(text);
        return unmarked.indexOf('[') < 0 ? unmarked : untilStable(unmarked, IMAGE_OR_LINK, "$1");
    }

    private static String withoutReferences(String text) {
        return hasBracket(text) ? untilStable(text, REFERENCE, "") : text;
    }

    /** Whether there may be a reference: most texts have none, and the expression looks at every character. */
    private static boolean hasBracket(String text) {
        return text.indexOf('[') >= 0 || text.indexOf('［') >= 0 || text.indexOf('【') >= 0;
    }

    /** What is left of {@code [[1]2]} is a mark again. */
    private static String untilStable(String text, Pattern pattern, String replacement) {
        String before = text;
        String after = pattern.matcher(before).replaceAll(replacement);
        while (!after.equals(before) && hasBracket(after)) {
            before = after;
            after = pattern.matcher(before).replaceAll(replacement);
        }
        return after;
    }
}
