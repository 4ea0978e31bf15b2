package dev.siskin.inference.generation;

import dev.siskin.api.Hit;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Makes evidence of a passage: its scored sentences as spans of its text, each a unit that can be quoted. A
 * line that ends with a colon and the command line below it are one unit, whichever of them was scored: neither
 * says anything without the other. Spans that lie outside the passage are left out.
 */
final class QuotableUnits {
    /** A longer code block is not pulled into a quote. */
    private static final int LONGEST_CODE = 600;

    private static final String FENCE = "```";

    private record Span(int start, int end) {}

    private QuotableUnits() {}

    static Evidence of(Passage passage) {
        Hit hit = passage.hit();
        String text = passage.text();
        Map<Span, Double> units = new LinkedHashMap<>();
        for (Hit.Highlight highlight : hit.highlights()) {
            int start = highlight.start() - hit.start();
            int end = highlight.end() - hit.start();
            if (start >= 0 && start < end && end <= text.length()) {
                units.merge(whole(text, start, end), highlight.score(), Math::max);
            }
        }
        List<Evidence.Sentence> sentences = new ArrayList<>();
        units.forEach((span, score) -> sentences.add(new Evidence.Sentence(span.start(), span.end(), score)));
        Double cosine = hit.scores().cosine();
        Double fused = hit.scores().fused();
        return new Evidence(
                text,
                cosine == null ? OptionalDouble.empty() : OptionalDouble.of(cosine),
                fused == null ? 0 : fused,
                sentences);
    }

    private static Span whole(String text, int from, int to) {
        int start = from;
        int end = to;
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        if (end > start && text.charAt(end - 1) == ':') {
            return new Span(start, withCodeBehind(text, end));
        }
        if (text.charAt(start) == '`') {
            return new Span(withLineBefore(text, start), end);
        }
        return new Span(start, end);
    }

    /** The end of the command line or code block that follows; {@code end} where none does. */
    private static int withCodeBehind(String text, int end) {
        int next = end;
        while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
            next++;
        }
        if (next == text.length() || text.charAt(next) != '`') {
            return end;
        }
        int close = text.startsWith(FENCE, next)
                ? text.indexOf(FENCE, next + FENCE.length()) + FENCE.length()
                : endOfLine(text, next);
        return close > next + FENCE.length() && close - next <= LONGEST_CODE ? close : end;
    }

    /** The start of the line before, where it ends with a colon; {@code start} where it does not. */
    private static int withLineBefore(String text, int start) {
        int last = start - 1;
        while (last >= 0 && Character.isWhitespace(text.charAt(last))) {
            last--;
        }
        if (last < 0 || text.charAt(last) != ':') {
            return start;
        }
        int line = text.lastIndexOf('\n', last) + 1;
        while (Character.isWhitespace(text.charAt(line))) {
            line++;
        }
        return line;
    }

    private static int endOfLine(String text, int from) {
        int newline = text.indexOf('\n', from);
        int end = newline < 0 ? text.length() : newline;
        while (Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
