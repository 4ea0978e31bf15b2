package dev.siskin.bench.dataset;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A draw of texts that does not depend on the order in which they are offered: those with the smallest SHA-256 of
 * {@code <seed>:<text>}. Of texts that differ in case, digits and punctuation alone, or begin with the same
 * {@value #WORDS_OF_A_BEGINNING} words, the first one offered is kept. Holds as many texts as are wanted.
 */
final class Draw {
    private static final int WORDS_OF_A_BEGINNING = 12;

    private final int wanted;
    private final long seed;
    private final Set<Long> seen = new HashSet<>();
    private final TreeMap<String, String> drawn = new TreeMap<>();

    Draw(int wanted, long seed) {
        this.wanted = wanted;
        this.seed = seed;
    }

    /** Adds a text that is drawn before any that is only offered. */
    void prefer(String text) {
        add('0', text);
    }

    void offer(String text) {
        add('1', text);
    }

    private void add(char preference, String text) {
        String letters = letters(text);
        if (!isNew(letters) || !isNew(beginning(letters))) {
            return;
        }
        drawn.put(preference + sha256(seed + ":" + text), text);
        if (drawn.size() > wanted) {
            drawn.pollLastEntry();
        }
    }

    /** Whether a text like this one was offered. */
    boolean knows(String text) {
        return seen.contains(hash(letters(text)));
    }

    /** In the order of the draw. */
    List<String> texts() {
        return drawn.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().substring(1)))
                .map(Map.Entry::getValue)
                .toList();
    }

    private boolean isNew(String key) {
        return seen.add(hash(key));
    }

    private static String letters(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}]+", " ").strip();
    }

    private static String beginning(String letters) {
        String[] words = letters.split(" ", WORDS_OF_A_BEGINNING + 1);
        return words.length <= WORDS_OF_A_BEGINNING
                ? letters + " as a whole"
                : String.join(" ", List.of(words).subList(0, WORDS_OF_A_BEGINNING)) + " as a beginning";
    }

    private static long hash(String key) {
        return Long.parseUnsignedLong(sha256(key).substring(0, 16), 16);
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
