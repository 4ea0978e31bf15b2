package dev.siskin.inference.generation.local.template;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values as text: as Python prints them, and as its {@code json.dumps} writes them. */
final class Written {
    private final StringBuilder text = new StringBuilder();
    private final Work work;
    private final boolean json;
    private final int indent;

    private Written(Work work, boolean json, int indent) {
        this.work = work;
        this.json = json;
        this.indent = indent;
    }

    /** Python's {@code str}. */
    static String plain(Object value, Work work) {
        return switch (value) {
            case String string -> string;
            case Undefined undefined -> "";
            default -> {
                var written = new Written(work, false, -1);
                written.add(value, 0);
                yield work.made(written.text.toString());
            }
        };
    }

    /** @param indent blanks for each level; below 0 all on one line */
    static String json(Object value, int indent, Work work) {
        var written = new Written(work, true, indent);
        written.add(value, 0);
        return work.made(written.text.toString());
    }

    private void add(Object value, int depth) {
        work.step();
        switch (value) {
            case String string -> quote(string);
            case Boolean b -> text.append(json ? b.toString() : b ? "True" : "False");
            case None none -> text.append(json ? "null" : "None");
            case Long n -> text.append(n);
            case Double n -> text.append(decimal(n));
            case List<?> list -> addAll('[', list.iterator(), ']', depth);
            case Map<?, ?> map -> addAll('{', map.entrySet().iterator(), '}', depth);
            case Undefined undefined when json -> throw undefined.fault();
            default -> {
                if (json) {
                    throw new TemplateException("tojson cannot write " + Values.kind(value));
                }
                text.append("<object>");
            }
        }
    }

    private void addAll(char open, Iterator<?> elements, char close, int depth) {
        text.append(open);
        boolean some = elements.hasNext();
        while (elements.hasNext()) {
            breakLine(depth + 1);
            Object element = elements.next();
            if (element instanceof Map.Entry<?, ?> entry) {
                Object key = entry.getKey();
                if (json && !(key instanceof String)) {
                    quote(plain(key, work));
                } else {
                    add(key, depth + 1);
                }
                text.append(": ");
                add(entry.getValue(), depth + 1);
            } else {
                add(element, depth + 1);
            }
            if (elements.hasNext()) {
                text.append(indent < 0 ? ", " : ",");
            }
        }
        if (some) {
            breakLine(depth);
        }
        text.append(close);
    }

    private void breakLine(int depth) {
        if (indent >= 0) {
            work.characters((long) indent * depth);
            text.append('\n').repeat(' ', indent * depth);
        }
    }

    private void quote(String string) {
        work.characters(string.length());
        char quote = json || (string.indexOf('\'') >= 0 && string.indexOf('"') < 0) ? '"' : '\'';
        text.append(quote);
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c == quote) {
                        text.append('\\').append(c);
                    } else if (c < ' ' || (!json && c == 0x7F)) {
                        text.append(control(c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append(quote);
    }

    private String control(char c) {
        return json && c == '\b'
                ? "\\b"
                : json && c == '\f' ? "\\f" : String.format(Locale.ROOT, json ? "\\u%04x" : "\\x%02x", (int) c);
    }

    /** The shortest digits that name the number, with an exponent below 1e-4 and from 1e16 on. */
    static String decimal(double number) {
        if (!Double.isFinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exact.signum() == 0 || (exponent >= -4 && exponent < 16)) {
            String plain = exact.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = exact.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return String.format(
                Locale.ROOT,
                "%s%c%se%c%02d",
                number < 0 ? "-" : "",
                digits.charAt(0),
                fraction,
                exponent < 0 ? '-' : '+',
                Math.abs(exponent));
    }
}
