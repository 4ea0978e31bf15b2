package dev.siskin.inference.shaping;

/**
 * Tokens of a text, estimated: this tier has no tokenizer while it only quotes. One token for every four
 * characters or every word, whichever is more, and one for every character of scripts that are written
 * without spaces. English text comes out some 10 % high, code and other languages lower than a tokenizer counts.
 */
public final class TokenEstimate {
    private static final int CHARACTERS_PER_TOKEN = 4;
    private static final int FIRST_DENSE_SCRIPT = 0x2E80;

    private TokenEstimate() {}

    /** The estimate; 0 for a blank text. */
    public static int of(String text) {
        int words = 0;
        int letters = 0;
        int dense = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c)) {
                inWord = false;
                continue;
            }
            if (c >= FIRST_DENSE_SCRIPT && !Character.isLowSurrogate(c)) {
                dense++;
                inWord = false;
                continue;
            }
            words += inWord ? 0 : 1;
            letters++;
            inWord = true;
        }
        return dense + Math.max(words, Math.ceilDiv(letters, CHARACTERS_PER_TOKEN));
    }
}
