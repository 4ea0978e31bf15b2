package dev.siskin.inference.packing;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** A text as the set of its runs of words, to tell near copies from texts on the same matter. */
record Shingles(Set<Integer> runs) {
    private static final int WORDS = 4;

    /** Four fifths of the runs in common: the same text with a word or two changed. */
    private static final double COPY = 0.8;

    static Shingles of(String text) {
        String[] words = text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1);
        Set<Integer> runs = new HashSet<>();
        for (int i = 0; i < Math.max(1, words.length - WORDS + 1); i++) {
            int hash = 1;
            for (int word = i; word < Math.min(i + WORDS, words.length); word++) {
                hash = 31 * hash + words[word].hashCode();
            }
            runs.add(hash);
        }
        return new Shingles(Set.copyOf(runs));
    }

    /** Whether this text says nearly nothing that the other does not. */
    boolean repeats(Shingles other) {
        long shared = runs.stream().filter(other.runs::contains).count();
        return shared >= COPY * runs.size();
    }
}
