package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Strings as Python treats them. */
final class Text {
    private Text() {}

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** Whether it is white space, and some. */
    static boolean isBlank(String text) {
        return !text.isEmpty() && text.chars().allMatch(Text::isSpace);
    }

    /** Without these characters at the end; without white space where none are named. */
    static String stripRight(String text, String characters) {
        int end = text.length();
        while (end > 0 && isStripped(text.charAt(end - 1), characters)) {
            end--;
        }
        return text.substring(0, end);
    }

    static String stripLeft(String text, String characters) {
        int start = 0;
        while (start < text.length() && isStripped(text.charAt(start), characters)) {
            start++;
        }
        return text.substring(start);
    }

    private static boolean isStripped(char c, String characters) {
        return characters.isEmpty() ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    /** Where the part begins, -1 if it does not stand there; the search is paid for as long as it may take. */
    static int find(String text, String part, int from, Work work) {
        long ahead = Math.max(0, text.length() - from);
        int found = text.indexOf(part, from);
        work.characters((found < 0 ? ahead : found - from) / 8 * (1 + part.length() / 8));
        return found;
    }

    static String replace(String text, String part, String by, int most, Work work) {
        if (part.isEmpty()) {
            throw new TemplateException("replace needs a text to look for");
        }
        var replaced = new StringBuilder();
        int from = 0;
        for (int done = 0; most < 0 || done < most; done++) {
            int at = find(text, part, from, work);
            if (at < 0) {
                break;
            }
            work.characters((long) at - from + by.length());
            replaced.append(text, from, at).append(by);
            from = at + part.length();
        }
        return work.made(replaced.append(text, from, text.length()).toString());
    }

    /** @param separator empty for runs of white space, of which those at both ends count for nothing */
    static List<Object> split(String text, String separator, int most, Work work) {
        work.characters(text.length());
        boolean blank = separator.isEmpty();
        List<Object> parts = new ArrayList<>();
        int from = blank ? next(text, 0, false) : 0;
        while (most < 0 || parts.size() < most) {
            int end = blank ? next(text, from, true) : find(text, separator, from, work);
            if (end < 0 || (blank && end == text.length())) {
                break;
            }
            work.elements(1);
            parts.add(text.substring(from, end));
            from = blank ? next(text, end, false) : end + separator.length();
        }
        if (!blank || from < text.length()) {
            parts.add(text.substring(from));
        }
        return parts;
    }

    /** The next character that is white space, or none; the text's end if there is none. */
    private static int next(String text, int from, boolean space) {
        int i = from;
        while (i < text.length() && isSpace(text.charAt(i)) != space) {
            i++;
        }
        return i;
    }

    static String capitalized(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    /** Each run of letters with its first one large. */
    static String title(String text) {
        var titled = new StringBuilder(text.length());
        boolean within = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            titled.append(within ? Character.toLowerCase(c) : Character.toTitleCase(c));
            within = Character.isLetter(c);
        }
        return titled.toString();
    }

    /** A string literal's escapes resolved; unknown ones stay. */
    static String unescaped(String literal) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        var text = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c != '\\' || i + 1 == literal.length()) {
                text.append(c);
                continue;
            }
            char escape = literal.charAt(++i);
            int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : escape == 'U' ? 8 : 0;
            if (digits > 0) {
                text.appendCodePoint(codePoint(literal, i + 1, digits));
                i += digits;
                continue;
            }
            int plain = "ntrbfva0\\'\"\n".indexOf(escape);
            switch (plain) {
                case -1 -> text.append('\\').append(escape);
                case 11 -> text.append("");
                default -> text.append("\n\t\r\b\f\u000B\u0007\0\\'\"".charAt(plain));
            }
        }
        return text.toString();
    }

    private static int codePoint(String literal, int from, int digits) {
        try {
            int code = Integer.parseInt(literal, from, Math.min(from + digits, literal.length()), 16);
            if (from + digits <= literal.length() && Character.isValidCodePoint(code)) {
                return code;
            }
        } catch (NumberFormatException wrong) {
            throw new TemplateException("a string's escape is no number: " + wrong.getMessage());
        }
        throw new TemplateException("a string's escape names no character");
    }
}
