package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The filters behind {@code |}. */
final class Filters {
    private Filters() {}

    static Object apply(String name, Object value, Arguments a, Work work) {
        work.step();
        return switch (name) {
            case "default", "d" -> {
                boolean otherwise =
                        value instanceof Undefined || (a.flag(1, "boolean", false) && !Values.isTrue(value));
                yield otherwise ? a.at(0, "default_value", "") : value;
            }
            case "length", "count" -> Values.length(value);
            case "tojson" -> Written.json(value, a.number(0, "indent", -1), work);
            case "list" -> Values.elements(value, work);
            case "first" -> first(Values.elements(value, work));
            case "last" -> first(Values.elements(value, work).reversed());
            case "reverse" -> reversed(value, work);
            case "join" -> {
                List<Object> elements = Values.elements(value, work);
                yield join(
                        a.has(1, "attribute") ? each(elements, a.at(1, "attribute")) : elements,
                        a.text(0, "d", ""),
                        work);
            }
            case "map" -> map(Values.elements(value, work), a, work);
            case "select" -> chosen(value, a, true, false, work);
            case "reject" -> chosen(value, a, false, false, work);
            case "selectattr" -> chosen(value, a, true, true, work);
            case "rejectattr" -> chosen(value, a, false, true, work);
            case "items" -> value instanceof Map<?, ?> map ? Methods.entries(map, work) : Values.elements(value, work);
            case "dictsort" -> {
                List<Object> entries = value instanceof Map<?, ?> map ? Methods.entries(map, work) : List.of();
                yield sorted(entries, 0L, false, work);
            }
            case "sort" ->
                sorted(
                        Values.elements(value, work),
                        a.at(2, "attribute", None.NONE),
                        a.flag(0, "reverse", false),
                        work);
            case "unique" -> unique(Values.elements(value, work), work);
            case "min" -> first(sorted(Values.elements(value, work), None.NONE, false, work));
            case "max" -> first(sorted(Values.elements(value, work), None.NONE, true, work));
            case "sum" -> {
                Object sum = 0L;
                for (Object element : Values.elements(value, work)) {
                    sum = Operators.apply("+", sum, element, work);
                }
                yield sum;
            }
            case "abs" ->
                value instanceof Double n ? (Object) Math.abs(n) : (Object) Math.absExact(Values.whole(value));
            case "int" -> whole(value, a.at(0, "default", 0L));
            case "float" -> decimal(value, a.at(0, "default", 0.0));
            default -> ofText(name, Written.plain(value, work), a, work);
        };
    }

    private static Object ofText(String name, String text, Arguments a, Work work) {
        work.characters(text.length());
        return switch (name) {
            case "string", "safe" -> text;
            case "trim" -> Text.stripLeft(Text.stripRight(text, a.text(0, "chars", "")), a.text(0, "chars", ""));
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" -> Text.capitalized(text);
            case "title" -> Text.title(text);
            case "replace" ->
                Text.replace(
                        text,
                        Values.string(a.at(0, "old")),
                        Values.string(a.at(1, "new")),
                        a.number(2, "count", -1),
                        work);
            case "indent" -> indented(text, a, work);
            case "escape", "e" ->
                text.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("'", "&#39;")
                        .replace("\"", "&#34;");
            case "wordcount" -> (long) Text.split(text, "", -1, work).size();
            default -> throw new TemplateException("no filter is named \"%s\"".formatted(name));
        };
    }

    static String join(List<Object> elements, String separator, Work work) {
        var joined = new StringJoiner(separator);
        for (Object element : elements) {
            String text = Written.plain(element, work);
            work.characters((long) text.length() + separator.length());
            joined.add(text);
        }
        return joined.toString();
    }

    private static Object first(List<Object> elements) {
        return elements.isEmpty() ? new Undefined("first or last") : elements.getFirst();
    }

    private static Object reversed(Object value, Work work) {
        List<Object> elements = Values.elements(value, work).reversed();
        return value instanceof String ? join(elements, "", work) : elements;
    }

    /** An attribute of each: a name, a number, or a path of them with dots. */
    private static List<Object> each(List<Object> elements, Object attribute) {
        return elements.stream().map(element -> attribute(element, attribute)).toList();
    }

    private static Object attribute(Object element, Object attribute) {
        if (!(attribute instanceof String path)) {
            return Values.item(element, attribute);
        }
        Object value = element;
        for (String name : path.split("\\.", -1)) {
            boolean index = !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
            value = Values.item(value, index ? (Object) Long.valueOf(name) : (Object) name);
        }
        return value;
    }

    private static List<Object> map(List<Object> elements, Arguments a, Work work) {
        if (a.named().containsKey("attribute")) {
            Object otherwise = a.at(Integer.MAX_VALUE, "default", new Undefined("attribute"));
            return each(elements, a.at(Integer.MAX_VALUE, "attribute")).stream()
                    .map(value -> value instanceof Undefined ? otherwise : value)
                    .toList();
        }
        String filter = Values.string(a.at(0, "filter"));
        Arguments rest = a.from(1);
        return elements.stream()
                .map(element -> apply(filter, element, rest, work))
                .toList();
    }

    private static List<Object> chosen(Object value, Arguments a, boolean wanted, boolean ofAttribute, Work work) {
        int test = ofAttribute ? 1 : 0;
        List<Object> chosen = new ArrayList<>();
        for (Object element : Values.elements(value, work)) {
            Object tested = ofAttribute ? attribute(element, a.at(0, "attribute")) : element;
            boolean holds = a.has(test, "test")
                    ? Tests.holds(Values.string(a.at(test, "test")), tested, a.from(test + 1), work)
                    : Values.isTrue(tested);
            if (holds == wanted) {
                chosen.add(element);
            }
        }
        return chosen;
    }

    private static List<Object> sorted(List<Object> elements, Object attribute, boolean reverse, Work work) {
        List<Object> sorted = new ArrayList<>(elements);
        Comparator<Object> order = (left, right) -> Operators.order(key(left, attribute), key(right, attribute), work);
        sorted.sort(reverse ? Collections.reverseOrder(order) : order);
        return sorted;
    }

    /** Large and small letters are equal where texts are sorted. */
    private static Object key(Object element, Object attribute) {
        Object key = attribute == None.NONE ? element : attribute(element, attribute);
        return key instanceof String text ? text.toLowerCase(Locale.ROOT) : key;
    }

    private static List<Object> unique(List<Object> elements, Work work) {
        List<Object> unique = new ArrayList<>();
        for (Object element : elements) {
            if (!Operators.contains(unique, element, work)) {
                unique.add(element);
            }
        }
        return unique;
    }

    private static Object whole(Object value, Object otherwise) {
        if (value instanceof Double n) {
            return n.longValue();
        }
        @Nullable Double number = value instanceof String text ? parsed(text) : null;
        return number != null ? (Object) number.longValue() : Values.isNumber(value) ? Values.whole(value) : otherwise;
    }

    private static Object decimal(Object value, Object otherwise) {
        @Nullable Double number = value instanceof String text ? parsed(text) : null;
        return number != null ? number : Values.isNumber(value) ? (Object) Values.decimal(value) : otherwise;
    }

    private static @Nullable Double parsed(String text) {
        String number = text.strip();
        return number.matches("[+-]?\\d{1,18}(\\.\\d{1,18})?") ? Double.valueOf(number) : null;
    }

    private static String indented(String text, Arguments a, Work work) {
        Object width = a.at(0, "width", 4L);
        String blanks = width instanceof String string ? string : Values.string(Operators.apply("*", " ", width, work));
        boolean blank = a.flag(2, "blank", false);
        var indented = new StringBuilder();
        for (Object line : Text.split(text, "\n", -1, work)) {
            boolean first = indented.isEmpty();
            boolean indents = first ? a.flag(1, "first", false) : blank || !line.equals("");
            indented.append(first ? "" : "\n").append(indents ? blanks : "").append(line);
            work.characters(blanks.length());
        }
        return indented.toString();
    }
}
