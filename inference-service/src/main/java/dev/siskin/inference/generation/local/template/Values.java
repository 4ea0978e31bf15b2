package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Python's values: {@code String}, {@code Long}, {@code Double}, {@code Boolean}, {@code List}, {@code Map}, {@link
 * None}, {@link Undefined}, {@link Attributes} and {@link Function}. Strings are indexed by code points.
 */
final class Values {
    private Values() {}

    /** A value of Java as one of a template. */
    static Object of(@Nullable Object value) {
        return switch (value) {
            case null -> None.NONE;
            case Byte n -> n.longValue();
            case Short n -> n.longValue();
            case Integer n -> n.longValue();
            case Float n -> n.doubleValue();
            case CharSequence text -> text.toString();
            case Collection<?> list -> list.stream().map(Values::of).toList();
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, element) -> copy.put(of(key), of(element)));
                yield copy;
            }
            case Long n -> n;
            case Double n -> n;
            case Boolean b -> b;
            case Function function -> function;
            default -> throw new IllegalArgumentException("no value of a template: " + value.getClass());
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case Boolean b -> b;
            case Long n -> n != 0;
            case Double n -> n != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> !(value instanceof None) && !(value instanceof Undefined);
        };
    }

    /** Whether a value counts as a number, as Python's booleans do. */
    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double decimal(Object value) {
        return value instanceof Double n ? n : whole(value);
    }

    static long whole(Object value) {
        return switch (value) {
            case Long n -> n;
            case Boolean b -> b ? 1 : 0;
            default -> throw wrong(value, "a whole number");
        };
    }

    static int index(Object value) {
        return Math.clamp(whole(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    static String string(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(value, "a string");
    }

    static TemplateException wrong(Object value, String wanted) {
        return value instanceof Undefined undefined
                ? undefined.fault()
                : new TemplateException("%s is no %s".formatted(kind(value), wanted.replaceFirst("^an? ", "")));
    }

    static String kind(Object value) {
        return switch (value) {
            case String text -> "a string";
            case Boolean b -> "a boolean";
            case Long n -> "an integer";
            case Double n -> "a decimal";
            case List<?> list -> "a list";
            case Map<?, ?> map -> "a mapping";
            case None none -> "none";
            default -> "an object";
        };
    }

    /** What a loop over the value runs over. */
    static List<Object> elements(Object value, Work work) {
        List<Object> elements = switch (value) {
            case List<?> list -> new ArrayList<Object>(list);
            case Map<?, ?> map -> new ArrayList<Object>(map.keySet());
            case String text ->
                text.codePoints().<Object>mapToObj(Character::toString).toList();
            case Undefined undefined -> List.of();
            default -> throw wrong(value, "a list");
        };
        work.elements(elements.size());
        return elements;
    }

    static Object length(Object value) {
        return switch (value) {
            case String text -> (long) text.codePointCount(0, text.length());
            case List<?> list -> (long) list.size();
            case Map<?, ?> map -> (long) map.size();
            case Undefined undefined -> 0L;
            default -> throw wrong(value, "a list");
        };
    }

    /** {@code value.name}: a method before a key. */
    static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (value instanceof Attributes attributes) {
            return attributes.attribute(name);
        }
        Optional<Function> method = Methods.of(value, name);
        return method.isPresent() ? method.get() : key(value, name);
    }

    /** {@code value[key]}: a key before a method. */
    static Object item(Object value, Object key) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (key instanceof Long index && value instanceof List<?> list) {
            long i = index < 0 ? index + list.size() : index;
            return i >= 0 && i < list.size() ? list.get((int) i) : new Undefined("item " + index);
        }
        if (key instanceof Long index && value instanceof String text) {
            long count = text.codePointCount(0, text.length());
            long i = index < 0 ? index + count : index;
            return i >= 0 && i < count
                    ? Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) i)))
                    : new Undefined("item " + index);
        }
        Object found = key(value, key);
        return found instanceof Undefined && key instanceof String name
                ? Methods.of(value, name).<Object>map(method -> method).orElse(found)
                : found;
    }

    private static Object key(Object value, Object key) {
        Object found = value instanceof Map<?, ?> map ? map.get(key) : null;
        if (found != null) {
            return found;
        }
        if (value instanceof Attributes attributes && key instanceof String name) {
            return attributes.attribute(name);
        }
        return new Undefined(key instanceof String name ? name : "item");
    }

    /** {@code value[from:to:step]}, as in Python; {@link None} where a bound is left out. */
    static Object slice(Object value, Object from, Object to, Object by, Work work) {
        boolean string = value instanceof String;
        if (!string && !(value instanceof List<?>)) {
            return item(value, None.NONE);
        }
        List<Object> elements = elements(value, work);
        int step = by == None.NONE ? 1 : index(by);
        if (step == 0) {
            throw new TemplateException("a slice's step must not be 0");
        }
        int size = elements.size();
        int low = step > 0 ? 0 : -1;
        int high = step > 0 ? size : size - 1;
        long start = bound(from, size, low, high, step > 0 ? low : high);
        long end = bound(to, size, low, high, step > 0 ? high : low);
        List<Object> taken = new ArrayList<>();
        for (long i = start; step > 0 ? i < end : i > end; i += step) {
            taken.add(elements.get((int) i));
        }
        return string ? join(taken) : taken;
    }

    private static long bound(Object value, int size, int low, int high, int otherwise) {
        if (value == None.NONE) {
            return otherwise;
        }
        long index = index(value);
        return Math.clamp(index < 0 ? index + size : index, low, high);
    }

    private static String join(List<Object> characters) {
        var text = new StringBuilder();
        characters.forEach(text::append);
        return text.toString();
    }
}
