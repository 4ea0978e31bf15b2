package dev.siskin.retrieval.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Cuts a passage into the sentences an answer may quote.
 *
 * <p>Plain rules, made for quoting: a wrong cut loses an answer, a missed cut only makes a quote longer, so in doubt
 * it does not cut. It knows initials and abbreviations ("J. Smith", "U.S.", "e.g.", "Fig. 3"), decimal numbers and
 * versions (no space after the dot), closing quotes and reference marks behind the full stop ("… 1998.[4]"), hard-
 * wrapped lines, headings, list items, table rows and command lines. A line that ends with a colon keeps the command
 * or code line it introduces, because neither says anything without the other.
 *
 * <p>Spans are half-open, in UTF-16 units of the given text, in reading order, without overlap, trimmed, never empty.
 * Time is linear in the text.
 */
public final class SentenceSplitter {

    /** A piece of the text, half-open, in UTF-16 units. */
    public record Span(int start, int end) {
        public String in(String text) {
            return text.substring(start, end);
        }
    }

    /** Longer sentences (tables, minified text) are cut at a separator: 700 units are about 150 tokens. */
    static final int LONGEST = 700;

    /** Longest reference such as "[note 1]", brackets included. */
    private static final int LONGEST_REFERENCE = 13;

    /** A line shorter than this that is followed by a new beginning is taken as a line of its own, not as wrapped. */
    private static final int SHORT_LINE = 45;

    private static final String TERMINATORS = ".!?…。！？";
    private static final String CLOSERS = "\"'”’»)]}›*_`";
    private static final String OPENERS = "\"'“‘«([{‹*_`";

    /** Never the end of a sentence. */
    private static final Set<String> BEFORE_MORE = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "mt", "ft", "gen", "col", "sgt", "lt", "capt", "cmdr", "adm", "maj",
            "rev", "hon", "sen", "rep", "gov", "pres", "vs", "cf", "viz", "approx", "ca", "fig", "figs", "eq", "eqs",
            "sec", "ch", "nos", "vol", "vols", "pp", "ed", "eds", "e.g", "i.e", "resp", "incl", "esp", "ref", "refs",
            "tab", "sect", "messrs", "mme", "mlle", "fr", "br", "c", "p", "v", "op");

    /** The end of a sentence only where what follows looks like the beginning of one. */
    private static final Set<String> MAYBE_LAST = Set.of(
            "etc", "inc", "ltd", "co", "corp", "jr", "sr", "bros", "al", "no", "dept", "univ", "est", "ave", "blvd",
            "rd", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mph", "ph.d",
            "d.c", "b.c", "a.d", "a.m", "p.m");

    /** Words that begin sentences and hardly ever follow an initial or an abbreviation inside one. */
    private static final Set<String> BEGINNERS = Set.of(
            "the",
            "a",
            "an",
            "in",
            "on",
            "at",
            "it",
            "its",
            "he",
            "she",
            "his",
            "her",
            "they",
            "their",
            "this",
            "these",
            "that",
            "those",
            "there",
            "we",
            "our",
            "you",
            "your",
            "as",
            "for",
            "from",
            "by",
            "to",
            "with",
            "when",
            "while",
            "where",
            "who",
            "what",
            "how",
            "why",
            "if",
            "but",
            "and",
            "or",
            "however",
            "although",
            "after",
            "before",
            "since",
            "during",
            "because",
            "some",
            "many",
            "most",
            "all",
            "both",
            "each",
            "other",
            "another",
            "such",
            "one",
            "two",
            "also",
            "then",
            "thus",
            "use",
            "see",
            "under",
            "according",
            "until",
            "several",
            "no",
            "not",
            "even",
            "among",
            "despite",
            "today");

    /** What is known of the line up to the position of the scan, so that no rule reads the line again. */
    private static final class Line {
        int start;
        /** Its first character that is not white space; -1 where none has come yet. */
        int content = -1;
        /** Whether a code span is open: an odd number of backticks since the line began. */
        boolean inCode;

        void begin(int at) {
            start = at;
            content = -1;
            inCode = false;
        }

        void pass(String text, int from, int to) {
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                if (content < 0 && !Character.isWhitespace(c)) {
                    content = i;
                }
                inCode ^= c == '`';
            }
        }
    }

    public List<Span> split(String text) {
        List<Span> spans = new ArrayList<>();
        var line = new Line();
        int start = 0;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '\n') {
                if (breaksLine(text, line.start, i)) {
                    add(spans, text, start, i);
                    start = i;
                }
                i++;
                line.begin(i);
            } else if (TERMINATORS.indexOf(c) >= 0) {
                int end = afterTerminator(text, i);
                if (endsSentence(text, line, i, end)) {
                    add(spans, text, start, end);
                    start = end;
                }
                line.pass(text, i, end);
                i = end;
            } else {
                line.pass(text, i, i + 1);
                i++;
            }
        }
        add(spans, text, start, text.length());
        return spans;
    }

    /** The position behind a run of terminators, closing marks and reference marks that begins at {@code dot}. */
    private static int afterTerminator(String text, int dot) {
        int i = dot;
        while (i < text.length() && TERMINATORS.indexOf(text.charAt(i)) >= 0) {
            i++;
        }
        while (i < text.length()) {
            char c = text.charAt(i);
            if (CLOSERS.indexOf(c) >= 0) {
                i++;
            } else if (c == '[' && referenceEnd(text, i) > 0) {
                i = referenceEnd(text, i);
            } else {
                break;
            }
        }
        return i;
    }

    /** The position behind a reference such as "[12]" or "[note 1]", or 0. */
    private static int referenceEnd(String text, int open) {
        int close = text.indexOf(']', open, Math.min(text.length(), open + LONGEST_REFERENCE));
        return close > 0 ? close + 1 : 0;
    }

    private static boolean endsSentence(String text, Line line, int dot, int end) {
        char mark = text.charAt(dot);
        if (mark == '。' || mark == '！' || mark == '？' || end >= text.length()) {
            return true;
        }
        boolean referenced = text.charAt(end - 1) == ']' && text.indexOf('[', dot, end) > 0 && end - dot > 2;
        if (!Character.isWhitespace(text.charAt(end))) {
            return referenced && Character.isUpperCase(text.charAt(end));
        }
        int next = skipSpace(text, end);
        if (next >= text.length()) {
            return true;
        }
        char first = text.charAt(skipOpeners(text, next));
        if (!begins(first) || (mark == '…' && !Character.isUpperCase(first)) || line.inCode) {
            return false;
        }
        return mark != '.' || end - dot > 1 || !abbreviates(text, line, dot, next);
    }

    private static boolean begins(char first) {
        return (Character.isLetterOrDigit(first) && !Character.isLowerCase(first)) || "$£€-–—•#|".indexOf(first) >= 0;
    }

    /** Whether the full stop at {@code dot} belongs to the word before it rather than to the sentence. */
    private static boolean abbreviates(String text, Line line, int dot, int next) {
        int from = dot;
        while (from > 0 && isWordPart(text.charAt(from - 1))) {
            from--;
        }
        String word = text.substring(from, dot);
        if (word.isEmpty()) {
            return false;
        }
        String lower = word.toLowerCase(Locale.ROOT);
        if (isNumber(word)) {
            return line.content >= from && word.length() <= 3;
        }
        if (word.length() == 1
                && Character.isLowerCase(word.charAt(0))
                && !Set.of("c", "p", "v").contains(word)) {
            return false;
        }
        if (BEFORE_MORE.contains(lower) && (word.length() > 1 || Character.isLowerCase(word.charAt(0)))) {
            return true;
        }
        boolean shortened = MAYBE_LAST.contains(lower)
                || word.indexOf('.') > 0
                || (word.length() == 1 && Character.isUpperCase(word.charAt(0)));
        if (!shortened) {
            return false;
        }
        if (lower.equals("no")) {
            return Character.isDigit(text.charAt(next));
        }
        return !BEGINNERS.contains(wordAt(text, next).toLowerCase(Locale.ROOT));
    }

    /** Whether the newline at {@code newline} ends what was before it. */
    private static boolean breaksLine(String text, int lineStart, int newline) {
        String line = text.substring(lineStart, newline).strip();
        if (line.isEmpty()) {
            return false;
        }
        int next = skipSpace(text, newline);
        if (next >= text.length()) {
            return true;
        }
        int nextLine = text.lastIndexOf('\n', next) + 1;
        boolean blankLine = nextLine > newline + 1;
        if (line.endsWith(":") && isCode(text, nextLine, next)) {
            return false;
        }
        if (blankLine || startsBlock(text, next) || line.charAt(0) == '#' || line.charAt(0) == '|') {
            return true;
        }
        return line.length() < SHORT_LINE
                && Character.isUpperCase(text.charAt(skipOpeners(text, next)))
                && !line.endsWith(",");
    }

    private static boolean isCode(String text, int lineStart, int first) {
        char c = text.charAt(first);
        return c == '`' || c == '$' || first - lineStart >= 4;
    }

    /** Whether a heading, list item, table row, quotation or fence begins here. */
    private static boolean startsBlock(String text, int at) {
        char c = text.charAt(at);
        boolean spaced = at + 1 < text.length() && Character.isWhitespace(text.charAt(at + 1));
        if (c == '#' || c == '|' || c == '•' || c == '·' || c == '‣' || text.startsWith("```", at)) {
            return true;
        }
        if ((c == '-' || c == '*' || c == '+' || c == '>' || c == '–') && spaced) {
            return true;
        }
        int i = at;
        while (i < text.length() && Character.isDigit(text.charAt(i))) {
            i++;
        }
        return i > at
                && i - at <= 3
                && i + 1 < text.length()
                && (text.charAt(i) == '.' || text.charAt(i) == ')')
                && Character.isWhitespace(text.charAt(i + 1));
    }

    private static void add(List<Span> spans, String text, int from, int to) {
        int start = skipSpace(text, from);
        int end = to;
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        while (end - start > LONGEST) {
            int cut = cutBefore(text, start, start + LONGEST);
            spans.add(new Span(start, cut));
            start = Math.min(end, skipSpace(text, cut));
        }
        if (end > start && hasWord(text, start, end)) {
            spans.add(new Span(start, end));
        }
    }

    /** The best place to cut an overlong sentence: a newline, a semicolon, a comma, a space, in this order. */
    private static int cutBefore(String text, int start, int limit) {
        for (char separator : new char[] {'\n', ';', ',', ' '}) {
            int at = limit - 1;
            while (at > start + LONGEST / 2 && text.charAt(at) != separator) {
                at--;
            }
            if (at > start + LONGEST / 2) {
                return separator == '\n' || separator == ' ' ? at : at + 1;
            }
        }
        return Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit;
    }

    private static boolean hasWord(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (Character.isLetterOrDigit(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static int skipSpace(String text, int from) {
        int i = from;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int skipOpeners(String text, int from) {
        int i = from;
        while (i < text.length() - 1 && OPENERS.indexOf(text.charAt(i)) >= 0) {
            i++;
        }
        return i;
    }

    private static String wordAt(String text, int from) {
        int start = skipOpeners(text, from);
        int end = start;
        while (end < text.length() && Character.isLetter(text.charAt(end))) {
            end++;
        }
        return text.substring(start, end);
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '.';
    }

    private static boolean isNumber(String word) {
        return word.chars().allMatch(c -> Character.isDigit(c) || c == '.');
    }
}
