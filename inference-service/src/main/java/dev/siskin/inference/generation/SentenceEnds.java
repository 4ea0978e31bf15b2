package dev.siskin.inference.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds where sentences end, in whole texts and in texts that are still being written. Plain rules, in doubt no cut:
 * initials and abbreviations, decimals and versions, code spans and fenced code, list items and headings are known; a
 * line that ends with a colon keeps the command or code block behind it; reference marks such as {@code [1]} behind
 * the full stop belong to the sentence before. Offsets are UTF-16 units.
 */
public final class SentenceEnds {
    /** The text so far does not tell. */
    static final int UNDECIDED = -1;

    /** Longest reference mark, brackets included. */
    private static final int LONGEST_MARK = 40;

    /** A shorter line before a capital letter is a line of its own (a heading), not a wrapped one. */
    private static final int SHORT_LINE = 45;

    /** Nothing ends, or no mark stands, here. */
    private static final int NONE = -2;

    private static final String TERMINATORS = ".!?…。！？";
    private static final String WIDE_TERMINATORS = "。！？";
    private static final String CLOSERS = "\"'”’»)]}›*_";

    /** Never the end of a sentence. */
    private static final Set<String> BEFORE_MORE = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "mt", "gen", "col", "sgt", "lt", "capt", "rev", "hon", "sen", "rep",
            "gov", "pres", "vs", "cf", "viz", "approx", "ca", "fig", "figs", "eq", "eqs", "sec", "ch", "nos", "vol",
            "vols", "pp", "ed", "eds", "e.g", "i.e", "resp", "incl", "esp", "ref", "refs", "sect", "messrs", "c", "p");

    /** The end of a sentence only where a capital letter follows. */
    private static final Set<String> MAYBE_LAST = Set.of("etc", "inc", "ltd", "co", "corp", "jr", "sr", "al", "no");

    /** A sentence's place, half-open, trimmed. */
    public record Span(int start, int end) {}

    private SentenceEnds() {}

    /** The sentences of a whole text, in reading order, trimmed, none empty. */
    public static List<Span> spans(String text) {
        List<Span> spans = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int end = next(text, from, true);
            int start = from;
            int last = end;
            while (start < last && Character.isWhitespace(text.charAt(start))) {
                start++;
            }
            while (last > start && Character.isWhitespace(text.charAt(last - 1))) {
                last--;
            }
            if (start < last) {
                spans.add(new Span(start, last));
            }
            from = end;
        }
        return spans;
    }

    /**
     * The end, exclusive, of the sentence that begins at {@code from}.
     *
     * @param whole whether nothing follows the text
     * @return {@link #UNDECIDED} where more text is needed, never where the text is whole
     */
    static int next(CharSequence text, int from, boolean whole) {
        boolean code = false;
        boolean fence = false;
        int line = from;
        int i = skipSpace(text, from);
        while (i < text.length()) {
            char c = text.charAt(i);
            if ((c >= 'a' && c <= 'z') || c == ' ') {
                i++; // nearly all there is, and nothing ends with it
            } else if (c == '`') {
                int ticks = run(text, i, '`');
                if (i + ticks == text.length() && !whole) {
                    return UNDECIDED;
                }
                i += ticks;
                if (ticks < 3) {
                    code ^= !fence && ticks == 1;
                } else if (fence) {
                    return withMarks(text, i, whole);
                } else {
                    fence = true;
                }
            } else if (fence) {
                i++;
            } else if (c == '\n') {
                int end = atLineBreak(text, line, i, whole);
                if (end != NONE) {
                    return end;
                }
                code = false;
                i = skipSpace(text, i);
                line = i;
            } else if (!code && TERMINATORS.indexOf(c) >= 0) {
                int end = atTerminator(text, line, i, whole);
                if (end != NONE) {
                    return end;
                }
                i++;
            } else {
                i++;
            }
        }
        return whole ? text.length() : UNDECIDED;
    }

    /** The end of the sentence, or {@link #NONE} where the terminator ends none. */
    private static int atTerminator(CharSequence text, int line, int at, boolean whole) {
        int end = at + 1;
        while (end < text.length()
                && (TERMINATORS.indexOf(text.charAt(end)) >= 0 || CLOSERS.indexOf(text.charAt(end)) >= 0)) {
            end++;
        }
        boolean wide = WIDE_TERMINATORS.indexOf(text.charAt(at)) >= 0;
        int marked = withMarks(text, end, whole);
        if (marked == UNDECIDED) {
            return UNDECIDED;
        }
        if (marked == text.length() && whole) {
            return marked;
        }
        if (marked == end && !wide && !Character.isWhitespace(text.charAt(end))) {
            return NONE;
        }
        if (marked > end || wide) {
            return marked;
        }
        int next = skipSpace(text, end);
        if (next == text.length()) {
            return whole ? next : UNDECIDED;
        }
        return text.charAt(at) == '.' && goesOn(text, line, at, text.charAt(next)) ? NONE : end;
    }

    private static boolean goesOn(CharSequence text, int line, int dot, char next) {
        int start = dot;
        while (start > line && (Character.isLetterOrDigit(text.charAt(start - 1)) || text.charAt(start - 1) == '.')) {
            start--;
        }
        String word = text.subSequence(start, dot).toString().toLowerCase(Locale.ROOT);
        if (BEFORE_MORE.contains(word)) {
            return true;
        }
        boolean number = !word.isEmpty() && word.chars().allMatch(Character::isDigit);
        if (number && text.subSequence(line, start).toString().isBlank()) {
            return true; // the mark of a list item
        }
        if (Character.isLowerCase(next)) {
            return true;
        }
        boolean initial = word.length() == 1 && Character.isUpperCase(text.charAt(start));
        boolean dotted =
                word.length() > 1 && word.charAt(word.length() - 2) == '.' && Character.isLetter(word.charAt(0));
        boolean capital = Character.isUpperCase(next);
        return capital ? initial || dotted : MAYBE_LAST.contains(word);
    }

    private static int atLineBreak(CharSequence text, int line, int at, boolean whole) {
        int next = skipSpace(text, at);
        if (next == text.length()) {
            return whole ? next : UNDECIDED;
        }
        int last = at - 1;
        while (last > line && Character.isWhitespace(text.charAt(last))) {
            last--;
        }
        char before = text.charAt(Math.max(last, line));
        char first = text.charAt(next);
        if (before == ':' && first == '`') {
            return NONE;
        }
        int mark = mark(text, next, whole);
        if (mark == UNDECIDED) {
            return UNDECIDED;
        }
        if (mark != NONE) {
            return withMarks(text, mark, whole);
        }
        boolean blank = lineBreaks(text, at, next) > 1;
        if (blank || before == ':' || TERMINATORS.indexOf(before) >= 0 || "#|>•`".indexOf(first) >= 0) {
            return at;
        }
        if (last - line < SHORT_LINE && Character.isUpperCase(first)) {
            return at;
        }
        return listItem(text, next, at, whole);
    }

    private static int listItem(CharSequence text, int from, int at, boolean whole) {
        int i = from;
        if ("-*+".indexOf(text.charAt(i)) >= 0) {
            i++;
        } else {
            while (i < text.length() && Character.isDigit(text.charAt(i)) && i - from < 3) {
                i++;
            }
            if (i == from) {
                return NONE;
            }
            if (i < text.length() && text.charAt(i) != '.' && text.charAt(i) != ')') {
                return NONE;
            }
            i++;
        }
        if (i >= text.length()) {
            return whole ? NONE : UNDECIDED;
        }
        return Character.isWhitespace(text.charAt(i)) ? at : NONE;
    }

    /** The end of the reference marks that begin at {@code from}, white space before them allowed, or {@code from}. */
    private static int withMarks(CharSequence text, int from, boolean whole) {
        int end = from;
        while (true) {
            int next = end;
            while (next < text.length() && text.charAt(next) == ' ') {
                next++;
            }
            if (next == text.length()) {
                return whole ? end : UNDECIDED;
            }
            int mark = mark(text, next, whole);
            if (mark == UNDECIDED) {
                return UNDECIDED;
            }
            if (mark == NONE) {
                return end;
            }
            end = mark;
            if (end < text.length() && text.charAt(end) == '.') {
                end++;
            }
        }
    }

    private static int mark(CharSequence text, int from, boolean whole) {
        if ("[【［".indexOf(text.charAt(from)) < 0) {
            return NONE;
        }
        boolean digits = false;
        for (int i = from + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if ("]】］".indexOf(c) >= 0) {
                return digits ? i + 1 : NONE;
            }
            digits |= Character.isDigit(c);
            boolean wide = text.charAt(from) == '【';
            boolean inMark = wide || Character.isDigit(c) || " ,;^–-".indexOf(c) >= 0;
            if (!inMark || c == '\n' || i - from > LONGEST_MARK) {
                return NONE;
            }
        }
        return whole ? NONE : UNDECIDED;
    }

    private static int skipSpace(CharSequence text, int from) {
        int i = from;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int run(CharSequence text, int from, char c) {
        int i = from;
        while (i < text.length() && text.charAt(i) == c) {
            i++;
        }
        return i - from;
    }

    private static int lineBreaks(CharSequence text, int from, int to) {
        int breaks = 0;
        for (int i = from; i < to; i++) {
            breaks += text.charAt(i) == '\n' ? 1 : 0;
        }
        return breaks;
    }
}
