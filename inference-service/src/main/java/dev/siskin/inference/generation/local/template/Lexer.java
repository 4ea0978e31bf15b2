package dev.siskin.inference.generation.local.template;

import dev.siskin.inference.generation.local.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. White space around tags goes as with {@code trim_blocks} and {@code lstrip_blocks}: the
 * line end behind a tag or comment, the indent of a line before it; with {@code -} all of that side, with {@code +} none.
 */
final class Lexer {
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%}");
    private static final Pattern END_OF_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");
    private static final Pattern NUMBER = Pattern.compile("\\d[\\d_]*(\\.\\d[\\d_]*)?([eE][+-]?\\d+)?");
    private static final Set<String> PAIRS = Set.of("==", "!=", ">=", "<=", "//", "**");
    private static final String SINGLES = "+-*/%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private int counted;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        var lexer = new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
        lexer.read();
        return lexer.tokens;
    }

    private void read() {
        for (int open = opening(position); open < source.length(); open = opening(position)) {
            char kind = source.charAt(open + 1);
            addText(open, kind != '{', signAt(open + 2));
            Matcher raw = RAW.matcher(source).region(open, source.length());
            if (kind == '%' && raw.lookingAt()) {
                readRaw(raw);
            } else {
                position = open + 2 + (signAt(open + 2) == ' ' ? 0 : 1);
                readBraces(kind);
            }
        }
        addText(source.length(), false, '+');
        add(Kind.END, "");
    }

    private int opening(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    /** The sign for white space, a space where there is none. */
    private char signAt(int index) {
        return index < source.length() && "-+".indexOf(source.charAt(index)) >= 0 ? source.charAt(index) : ' ';
    }

    private void addText(int end, boolean tag, char sign) {
        String text = source.substring(position, end);
        if (sign == '-') {
            text = Text.stripRight(text, "");
        } else if (sign != '+' && tag) {
            int start = text.lastIndexOf('\n') + 1;
            if ((start > 0 || lineStarts) && Text.isBlank(text.substring(start))) {
                text = text.substring(0, start);
            }
        }
        if (!text.isEmpty()) {
            add(Kind.TEXT, text);
        }
        position = end;
    }

    private void readRaw(Matcher begin) {
        position = begin.end();
        if (begin.group(1).equals("-")) {
            skipSpace();
        }
        Matcher end = END_OF_RAW.matcher(source);
        if (!end.find(position)) {
            throw fail("raw has no endraw");
        }
        lineStarts = false;
        addText(end.start(), true, end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0));
        position = end.end();
        close(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    }

    private void readBraces(char kind) {
        if (kind == '#') {
            int end = source.indexOf("#}", position);
            if (end < 0) {
                throw fail("a comment has no end");
            }
            char sign = end > position ? signAt(end - 1) : ' ';
            position = end + 2;
            close(sign, true);
            return;
        }
        boolean tag = kind == '%';
        add(tag ? Kind.TAG_BEGIN : Kind.PRINT_BEGIN, "");
        readCode(tag ? "%}" : "}}");
        add(tag ? Kind.TAG_END : Kind.PRINT_END, "");
        char sign = signAt(position);
        position += sign == ' ' ? 2 : 3;
        close(sign, tag);
    }

    /** Behind an end: its sign, and whether a line end goes with it. */
    private void close(char sign, boolean trims) {
        int start = position;
        if (sign == '-') {
            skipSpace();
        } else if (trims && sign != '+' && position < source.length() && source.charAt(position) == '\n') {
            position++;
        }
        lineStarts = position > start && source.charAt(position - 1) == '\n';
    }

    private void skipSpace() {
        while (position < source.length() && Text.isSpace(source.charAt(position))) {
            position++;
        }
    }

    /** Up to the end, which does not count within brackets. */
    private void readCode(String end) {
        int depth = 0;
        for (skipSpace(); ; skipSpace()) {
            if (position >= source.length()) {
                throw fail("\"" + end + "\" is missing");
            }
            int sign = signAt(position) == ' ' ? 0 : 1;
            if (depth == 0 && source.startsWith(end, position + sign)) {
                return;
            }
            char c = source.charAt(position);
            if (c == '\'' || c == '"') {
                readString(c);
            } else if (c >= '0' && c <= '9') {
                readNumber();
            } else if (Character.isJavaIdentifierStart(c)) {
                int start = position;
                while (position < source.length() && Character.isJavaIdentifierPart(source.charAt(position))) {
                    position++;
                }
                add(Kind.NAME, source.substring(start, position));
            } else {
                depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
                readOperator();
            }
        }
    }

    private void readOperator() {
        String pair = source.substring(position, Math.min(position + 2, source.length()));
        if (!PAIRS.contains(pair) && SINGLES.indexOf(pair.charAt(0)) < 0) {
            throw fail("unexpected character \"" + pair.charAt(0) + "\"");
        }
        String operator = PAIRS.contains(pair) ? pair : pair.substring(0, 1);
        add(Kind.OPERATOR, operator);
        position += operator.length();
    }

    private void readNumber() {
        Matcher number = NUMBER.matcher(source).region(position, source.length());
        number.lookingAt();
        boolean index = !tokens.isEmpty() && tokens.getLast().is(Kind.OPERATOR, ".");
        boolean whole = number.group(1) == null && number.group(2) == null;
        int end = index && number.group(1) != null ? number.start(1) : number.end();
        add(
                whole || index ? Kind.INTEGER : Kind.FLOAT,
                source.substring(position, end).replace("_", ""));
        position = end;
    }

    private void readString(char quote) {
        int end = position + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw fail("a string has no end");
        }
        add(Kind.STRING, Text.unescaped(source.substring(position + 1, end)));
        position = end + 1;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line()));
    }

    private int line() {
        for (; counted < position; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }

    private TemplateException fail(String fault) {
        return new TemplateException("line %d: %s".formatted(line(), fault));
    }
}
