package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's operators. */
final class Operators {
    private Operators() {}

    static Object apply(String operator, Object left, Object right, Work work) {
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            work.characters((long) a.length() + b.length());
            return a.concat(b);
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            work.elements((long) a.size() + b.size());
            List<Object> both = new ArrayList<>(a);
            both.addAll(b);
            return both;
        }
        if (operator.equals("*") && (left instanceof List<?> || right instanceof List<?>)) {
            List<?> list = left instanceof List<?> a ? a : (List<?>) right;
            long times = Math.max(0, Values.whole(left instanceof List<?> ? right : left));
            work.elements(Math.multiplyExact(list.size(), times));
            List<Object> repeated = new ArrayList<>();
            for (long i = list.isEmpty() ? times : 0; i < times; i++) {
                repeated.addAll(list);
            }
            return repeated;
        }
        if (operator.equals("*") && (left instanceof String || right instanceof String)) {
            String text = Values.string(left instanceof String ? left : right);
            long times = Math.max(0, Values.whole(left instanceof String ? right : left));
            work.characters(Math.multiplyExact(text.length(), times));
            return text.repeat((int) Math.min(times, Integer.MAX_VALUE));
        }
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            throw left instanceof Undefined undefined
                    ? undefined.fault()
                    : right instanceof Undefined undefined
                            ? undefined.fault()
                            : new TemplateException("\"%s\" does not go with %s and %s"
                                    .formatted(operator, Values.kind(left), Values.kind(right)));
        }
        boolean whole = !(left instanceof Double) && !(right instanceof Double) && !operator.equals("/");
        return whole
                ? (Object) whole(operator, Values.whole(left), Values.whole(right))
                : (Object) decimal(operator, Values.decimal(left), Values.decimal(right));
    }

    private static long whole(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            case "**" -> power(a, b);
            default -> throw new TemplateException("no operator " + operator);
        };
    }

    private static long power(long a, long b) {
        if (b < 0 || (b > Long.SIZE && a != 0 && Math.abs(a) != 1)) {
            throw new TemplateException("a power is too large or below 0");
        }
        long power = 1;
        for (long i = b > Long.SIZE ? b % 2 + 2 : b; i > 0; i--) {
            power = Math.multiplyExact(power, a);
        }
        return power;
    }

    private static double decimal(String operator, double a, double b) {
        if (b == 0 && "/%//".contains(operator)) {
            throw new TemplateException("a number is divided by 0");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - Math.floor(a / b) * b;
            case "**" -> Math.pow(a, b);
            default -> throw new TemplateException("no operator " + operator);
        };
    }

    static Object negative(Object value) {
        return value instanceof Double n ? (Object) (-n) : (Object) Math.negateExact(Values.whole(value));
    }

    static boolean compare(String operator, Object left, Object right, Work work) {
        return switch (operator) {
            case "==" -> equal(left, right, work);
            case "!=" -> !equal(left, right, work);
            case "<" -> order(left, right, work) < 0;
            case "<=" -> order(left, right, work) <= 0;
            case ">" -> order(left, right, work) > 0;
            case ">=" -> order(left, right, work) >= 0;
            case "in" -> contains(right, left, work);
            default -> !contains(right, left, work);
        };
    }

    static boolean equal(Object left, Object right, Work work) {
        work.step();
        if (Values.isNumber(left) && Values.isNumber(right)) {
            boolean decimal = left instanceof Double || right instanceof Double;
            return decimal ? Values.decimal(left) == Values.decimal(right) : Values.whole(left) == Values.whole(right);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            boolean same = a.size() == b.size();
            for (int i = 0; same && i < a.size(); i++) {
                same = equal(a.get(i), b.get(i), work);
            }
            return same;
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return a.size() == b.size()
                    && a.entrySet().stream()
                            .allMatch(entry -> b.containsKey(entry.getKey())
                                    && equal(entry.getValue(), Values.item(b, entry.getKey()), work));
        }
        if (left instanceof String a && right instanceof String b) {
            work.characters(Math.min(a.length(), b.length()) / 16);
            return a.equals(b);
        }
        return left instanceof Undefined ? right instanceof Undefined : left.equals(right);
    }

    static int order(Object left, Object right, Work work) {
        work.step();
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return left instanceof Double || right instanceof Double
                    ? Double.compare(Values.decimal(left), Values.decimal(right))
                    : Long.compare(Values.whole(left), Values.whole(right));
        }
        if (left instanceof String a && right instanceof String b) {
            work.characters(Math.min(a.length(), b.length()));
            return a.compareTo(b);
        }
        throw new TemplateException("%s and %s have no order".formatted(Values.kind(left), Values.kind(right)));
    }

    static boolean contains(Object whole, Object part, Work work) {
        return switch (whole) {
            case String text -> Text.find(text, Values.string(part), 0, work) >= 0;
            case Map<?, ?> map -> map.containsKey(part);
            case List<?> list -> list.stream().anyMatch(element -> equal(element, part, work));
            case Undefined undefined -> false;
            default -> throw Values.wrong(whole, "a list");
        };
    }
}
