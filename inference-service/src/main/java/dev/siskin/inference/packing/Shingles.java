package dev.siskin.inference.packing;

import java.util.Arrays;
import java.util.Locale;

/** A text as the set of its runs of words, to tell near copies from texts on the same matter. */
final class Shingles {
    private static final int WORDS = 4;

    /** Four fifths of the runs in common: the same text with a word or two changed. */
    private static final double COPY = 0.8;

    /** Hashes of the runs, ascending, each once. */
    private final int[] runs;

    private Shingles(int[] runs) {
        this.runs = runs;
    }

    static Shingles of(String text) {
        int[] words = words(text.toLowerCase(Locale.ROOT));
        int[] runs = new int[Math.max(1, words.length - WORDS + 1)];
        for (int i = 0; i < runs.length; i++) {
            int hash = 1;
            for (int word = i; word < Math.min(i + WORDS, words.length); word++) {
                hash = 31 * hash + words[word];
            }
            runs[i] = hash;
        }
        return new Shingles(distinct(runs));
    }

    /** The hash of each word, a run of letters and digits; of an empty one where the text begins or ends with none. */
    private static int[] words(String text) {
        int[] words = new int[text.length() / 2 + 2];
        int count = 0;
        int hash = 0;
        boolean inWord = true;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            if (isWord(c)) {
                hash = c < Character.MIN_SUPPLEMENTARY_CODE_POINT
                        ? 31 * hash + c
                        : 31 * (31 * hash + Character.highSurrogate(c)) + Character.lowSurrogate(c);
                inWord = true;
            } else if (inWord) {
                words[count++] = hash;
                hash = 0;
                inWord = false;
            }
            at += Character.charCount(c);
        }
        words[count++] = hash;
        return Arrays.copyOf(words, count);
    }

    private static boolean isWord(int c) {
        if (c < 0x80) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        }
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> Character.isLetter(c);
        };
    }

    private static int[] distinct(int[] some) {
        Arrays.sort(some);
        int count = 1;
        for (int i = 1; i < some.length; i++) {
            if (some[i] != some[i - 1]) {
                some[count++] = some[i];
            }
        }
        return Arrays.copyOf(some, count);
    }

    /** Whether this text says nearly nothing that the other does not. */
    boolean repeats(Shingles other) {
        int shared = 0;
        int theirs = 0;
        for (int run : runs) {
            while (theirs < other.runs.length && other.runs[theirs] < run) {
                theirs++;
            }
            shared += theirs < other.runs.length && other.runs[theirs] == run ? 1 : 0;
        }
        return shared >= COPY * runs.length;
    }
}
