package dev.siskin.inference.shaping;

import java.text.Normalizer;

/** Text as the stages want it: composed Unicode, no control or invisible characters, single spaces. */
public final class PlainText {
    private static final char REPLACEMENT = '\uFFFD';

    private PlainText() {}

    /**
     * Normalises to NFC, drops control, format and unassigned characters, turns every run of white space into
     * one space and a lone surrogate into U+FFFD.
     */
    public static String of(String text) {
        String composed = Normalizer.isNormalized(text, Normalizer.Form.NFC)
                ? text
                : Normalizer.normalize(text, Normalizer.Form.NFC);
        var plain = new StringBuilder(composed.length());
        boolean space = false;
        for (int i = 0; i < composed.length(); ) {
            int c = composed.codePointAt(i);
            i += Character.charCount(c);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                space = !plain.isEmpty();
            } else if (isShown(c)) {
                if (space) {
                    plain.append(' ');
                    space = false;
                }
                plain.appendCodePoint(Character.getType(c) == Character.SURROGATE ? REPLACEMENT : c);
            }
        }
        return plain.toString();
    }

    /** Whether a character that is no white space is one that a reader sees, or that changes one. */
    public static boolean isShown(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.UNASSIGNED -> isJoiner(codePoint);
            default -> true;
        };
    }

    /** Zero-width joiners change the letters of several scripts and make emoji. */
    private static boolean isJoiner(int codePoint) {
        return codePoint == 0x200C || codePoint == 0x200D;
    }
}
