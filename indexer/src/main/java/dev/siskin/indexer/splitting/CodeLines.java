package dev.siskin.indexer.splitting;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The lines of source code or data, and how well it may be cut between them, told without knowing the language.
 *
 * <h2>Blocks</h2>
 *
 * A block (function, class, key of a YAML file) begins at a line that follows a blank one, or is indented less than the
 * line before, or follows a line that only closes a block of the same indentation ({@code }}, {@code end}). Its
 * indentation is the border's rank: a cut between two functions is better than one between two statements, so what is
 * too large for a chunk is divided one level deeper. A line that closes a block or goes on with it ({@code else},
 * {@code catch}) begins none, and so does one below a comment, an annotation or decorator, which are kept with what
 * follows them, or within a comment or string of several lines.
 *
 * <p>A guess all the same: where it is wrong, code is cut at a worse line. Time and memory grow with the text.
 */
final class CodeLines {
    /** A line without the white space around it, and the border after it. */
    record Line(int start, int end, int border) {}

    private static final int TAB = 4;

    private static final Pattern COMMENT = Pattern.compile("(?://|/\\*(?![^\\s*!])|<!--|#|--|;|%|@).*", Pattern.DOTALL);
    private static final Pattern COMMENT_OPENING = Pattern.compile("/\\*(?:[\\s*!].*)?", Pattern.DOTALL);
    private static final Pattern ANNOTATION = Pattern.compile("(?:@|#!?\\[).*", Pattern.DOTALL);
    private static final Pattern CLOSING = Pattern.compile(
            "(?:[})\\]]|</|\\*/|;;$|(?:end|fi|done|esac|else|elif|elsif|elseif|except|finally|catch|then|do|rescue|ensure)\\b).*",
            Pattern.DOTALL);

    /** Ends of a line that closes a block and opens the next. */
    private static final String OPENING = "{([:";

    private static final Pattern GOES_ON = Pattern.compile(
            "(?:else|elif|elsif|elseif|except|finally|catch|then|do|rescue|ensure)\\b.*", Pattern.DOTALL);
    private static final Pattern CONDITIONAL = Pattern.compile("#[ \\t]*(?:if|el|endif).*", Pattern.DOTALL);
    private static final Pattern FENCE = Pattern.compile("(?:```|~~~).*", Pattern.DOTALL);

    /** What a line does for the one below it. */
    private enum Role {
        STATEMENT,
        /** Belongs to what follows. */
        HEAD,
        /** Closes a block, and does no more. */
        CLOSE
    }

    private record Open(int indentation, boolean annotation) {}

    private final String text;
    private final List<Line> lines = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private String multiline = "";
    private boolean fenced;

    /** Whether the line before is an empty one within a comment. */
    private boolean bare;

    private int indentation;
    private Role role = Role.HEAD;

    private CodeLines(String text) {
        this.text = text;
    }

    /** The lines of {@code [start, end)} that are not blank. */
    static List<Line> of(String text, int start, int end) {
        var code = new CodeLines(text);
        boolean afterBlank = false;
        for (int from = start; from < end; ) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 || newline >= end ? end : newline;
            afterBlank = !code.line(from, to, afterBlank);
            from = to + 1;
        }
        return code.lines;
    }

    /** Whether the line was added: not if it is blank. */
    private boolean line(int from, int to, boolean afterBlank) {
        int start = from;
        int indented = 0;
        while (start < to && Character.isWhitespace(text.charAt(start))) {
            indented += text.charAt(start) == '\t' ? TAB : 1;
            start++;
        }
        int end = to;
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        if (start == end) {
            return false;
        }
        String line = text.substring(start, end);
        int border = border(line, indented, afterBlank);
        if (!lines.isEmpty()) {
            Line before = lines.removeLast();
            lines.add(new Line(before.start(), before.end(), border));
        }
        lines.add(new Line(start, end, Border.UNIT));
        return true;
    }

    /** The border above a line, which becomes the one that the next is compared with. */
    private int border(String line, int indented, boolean afterBlank) {
        if (!multiline.isEmpty()) {
            int within = afterBlank || bare ? Border.UNIT : Border.JOINED;
            bare = line.equals("*");
            endMultiline(line);
            return within;
        }
        boolean closes = isClosing(line, afterBlank);
        int border = closes ? Border.JOINED : openingBorder(line, indented, afterBlank);
        role = role(line, indented, closes);
        indentation = indented;
        beginMultiline(line);
        return border;
    }

    private int openingBorder(String line, int indented, boolean afterBlank) {
        if (role == Role.HEAD && !afterBlank) {
            return Border.JOINED;
        }
        boolean afterClose = role == Role.CLOSE && indented <= indentation;
        boolean clear = afterClose || (afterBlank && indented <= indentation);
        boolean begins = clear || indented < indentation;
        boolean directive = !afterBlank && CONDITIONAL.matcher(line).matches();
        if (!begins || directive) {
            return Border.UNIT;
        }
        if (role == Role.HEAD) {
            return Border.code(indented, Border.Sign.COMMENT);
        }
        return Border.code(indented, clear ? Border.Sign.CLEAR : Border.Sign.INDENTATION);
    }

    /** A bracket that opens a block on a line of its own belongs to the line above, unless that closes one. */
    private boolean isClosing(String line, boolean afterBlank) {
        boolean opensBlock = line.equals("{") && !afterBlank && role != Role.CLOSE;
        return opensBlock || isFence(line, fenced) || CLOSING.matcher(line).matches();
    }

    private static boolean isFence(String line, boolean wanted) {
        return wanted && FENCE.matcher(line).matches();
    }

    private Role role(String line, int indented, boolean closes) {
        if (isFence(line, true)) {
            fenced = !fenced;
            return fenced ? Role.HEAD : Role.CLOSE;
        }
        if (closes) {
            return closedRole(line, indented);
        }
        boolean annotation = ANNOTATION.matcher(line).matches();
        while (!open.isEmpty() && open.getLast().indentation() >= indented) {
            open.removeLast();
        }
        open.addLast(new Open(indented, annotation));
        return annotation || COMMENT.matcher(line).matches() ? Role.HEAD : Role.STATEMENT;
    }

    private Role closedRole(String line, int indented) {
        while (!open.isEmpty() && open.getLast().indentation() > indented) {
            open.removeLast();
        }
        if (!open.isEmpty() && open.getLast().annotation() && line.startsWith(")")) {
            return Role.HEAD;
        }
        boolean opensAnother = OPENING.indexOf(line.charAt(line.length() - 1)) >= 0
                || GOES_ON.matcher(line).matches();
        return opensAnother ? Role.STATEMENT : Role.CLOSE;
    }

    private void beginMultiline(String line) {
        if (COMMENT_OPENING.matcher(line).matches() && !line.contains("*/")) {
            multiline = "*/";
        } else if (line.startsWith("<!--") && !line.contains("-->")) {
            multiline = "-->";
        } else if (isOdd(line, "\"\"\"")) {
            multiline = "\"\"\"";
        } else if (isOdd(line, "'''")) {
            multiline = "'''";
        }
    }

    private void endMultiline(String line) {
        boolean quotes = multiline.charAt(0) == '"' || multiline.charAt(0) == '\'';
        if (quotes ? isOdd(line, multiline) : line.contains(multiline)) {
            role = quotes ? Role.STATEMENT : Role.HEAD;
            multiline = "";
        }
    }

    private static boolean isOdd(String line, String quotes) {
        boolean odd = false;
        for (int at = line.indexOf(quotes); at >= 0; at = line.indexOf(quotes, at + quotes.length())) {
            odd = !odd;
        }
        return odd;
    }
}
