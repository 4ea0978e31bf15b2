package dev.siskin.bench.dataset;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts running text into passages of whole sentences, {@value #LEAST_WORDS} to {@value #MOST_WORDS} words each. */
final class PassageCutter {
    static final int LEAST_WORDS = 36;
    static final int MOST_WORDS = 100;

    private static final int SHORTEST_REST = 24;

    /** Below it a text is a table, a listing or a row of names. */
    private static final double LEAST_LETTERS = 0.65;

    private PassageCutter() {}

    /** Passages of the blocks of one page, in order; what is left over at the end is kept where it is long enough. */
    static List<String> cut(List<String> blocks) {
        var passages = new ArrayList<String>();
        var open = new ArrayList<String>();
        for (String block : blocks) {
            for (String sentence : sentences(block)) {
                if (words(open) + words(sentence) > MOST_WORDS) {
                    close(open, passages);
                }
                open.add(sentence);
                if (words(open) >= LEAST_WORDS) {
                    close(open, passages);
                }
            }
        }
        close(open, passages);
        return passages;
    }

    private static void close(List<String> open, List<String> passages) {
        String passage = String.join(" ", open);
        open.clear();
        int words = words(passage);
        if (words >= SHORTEST_REST && words <= MOST_WORDS && isProse(passage)) {
            passages.add(passage);
        }
    }

    private static boolean isProse(String text) {
        long letters = text.chars().filter(Character::isLetter).count();
        return letters >= LEAST_LETTERS * text.length();
    }

    private static List<String> sentences(String block) {
        String text = block.replaceAll("\\s+", " ").strip();
        BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ENGLISH);
        ends.setText(text);
        var sentences = new ArrayList<String>();
        int start = ends.first();
        for (int end = ends.next(); end != BreakIterator.DONE; end = ends.next()) {
            sentences.add(text.substring(start, end).strip());
            start = end;
        }
        return sentences;
    }

    private static int words(List<String> sentences) {
        return sentences.stream().mapToInt(PassageCutter::words).sum();
    }

    private static int words(String text) {
        return text.isEmpty()
                ? 0
                : (int) text.chars().filter(letter -> letter == ' ').count() + 1;
    }
}
