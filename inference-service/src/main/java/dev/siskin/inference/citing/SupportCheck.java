package dev.siskin.inference.citing;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a passage supports a sentence, by its words: this tier has no embedding model. A sentence made of
 * words the passage does not have is no quote of it, whoever wrote it.
 */
final class SupportCheck {
    /** Share of a sentence's distinct words that its passage must have. */
    static final double MINIMUM_SHARE = 0.6;

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

    private SupportCheck() {}

    static boolean supports(String passage, String sentence) {
        Set<String> said = words(sentence);
        if (said.isEmpty()) {
            return false;
        }
        int all = said.size();
        said.retainAll(words(passage));
        return said.size() >= MINIMUM_SHARE * all;
    }

    private static Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group().toLowerCase(Locale.ROOT));
        }
        return words;
    }
}
