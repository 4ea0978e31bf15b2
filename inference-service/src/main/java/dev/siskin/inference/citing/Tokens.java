package dev.siskin.inference.citing;

/**
 * Where tokens of a text end, exclusive, in UTF-16 units. Letters, marks and digits are Unicode's; those of ASCII, nearly
 * all there are, are told without its tables.
 */
final class Tokens {
    private static final String LINK_ENDS = " \t\n\u000B\f\r()<>[]\"'`";
    private static final String IN_NUMBER = ".,:";

    private final String text;

    Tokens(String text) {
        this.text = text;
    }

    /** Of the web address that begins with the letter here, or {@code at}. */
    int linkEnd(int at) {
        int from = text.startsWith("http://", at) ? at + 7 : text.startsWith("https://", at) ? at + 8 : at;
        int end = from;
        while (end > at && end < text.length() && LINK_ENDS.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end > from ? end : at;
    }

    /** Of the command-line option that begins with the hyphen here, or {@code at}. */
    int optionEnd(int at) {
        if (at > 0 && isJoined(text.charAt(at - 1))) {
            return at;
        }
        int letter = text.startsWith("--", at) ? at + 2 : at + 1;
        if (letter >= text.length() || !isAsciiLetter(text.charAt(letter))) {
            return at;
        }
        int end = letter + 1;
        while (end < text.length() && isInOption(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /** A hyphen behind it is one inside a word. */
    private static boolean isJoined(char before) {
        return before == '_'
                || before == '-'
                || Character.isLetterOrDigit(before)
                || Character.getType(before) == Character.LETTER_NUMBER
                || Character.getType(before) == Character.OTHER_NUMBER;
    }

    private static boolean isInOption(char c) {
        return isAsciiLetter(c) || (c >= '0' && c <= '9') || c == '-';
    }

    /** Of the number that begins with the digit here: digits, with single points, commas and colons among them. */
    int numberEnd(int at) {
        int end = digitsEnd(at);
        while (end + 1 < text.length() && IN_NUMBER.indexOf(text.charAt(end)) >= 0 && isDigit(end + 1)) {
            end = digitsEnd(end + 1);
        }
        return end;
    }

    private int digitsEnd(int at) {
        int end = at;
        while (end < text.length() && isDigit(end)) {
            end += width(end);
        }
        return end;
    }

    /** Of the word that begins with the letter here: letters, marks and digits, and one part behind an apostrophe. */
    int wordEnd(int at) {
        int end = at;
        while (end < text.length() && isInWord(end)) {
            end += width(end);
        }
        boolean apostrophe = end + 1 < text.length() && (text.charAt(end) == '\'' || text.charAt(end) == '’');
        if (apostrophe && isLetter(end + 1)) {
            end++;
            while (end < text.length() && isLetter(end)) {
                end += width(end);
            }
        }
        return end;
    }

    private boolean isInWord(int at) {
        if (isLetter(at) || isDigit(at)) {
            return true;
        }
        return text.charAt(at) >= 0x80
                && switch (Character.getType(text.codePointAt(at))) {
                    case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> true;
                    default -> false;
                };
    }

    boolean isLetter(int at) {
        char c = text.charAt(at);
        return c < 0x80 ? isAsciiLetter(c) : Character.isLetter(text.codePointAt(at));
    }

    boolean isDigit(int at) {
        char c = text.charAt(at);
        return c < 0x80 ? c >= '0' && c <= '9' : Character.isDigit(text.codePointAt(at));
    }

    private static boolean isAsciiLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** Of the character here, UTF-16 units. */
    private int width(int at) {
        return text.charAt(at) < 0x80 ? 1 : Character.charCount(text.codePointAt(at));
    }
}
