package dev.siskin.inference.generation.local.template;

import dev.siskin.inference.generation.local.template.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads expressions, from the loosest binding to the tightest: {@code a if b else c}, {@code or}, {@code and}, {@code
 * not}, comparisons, {@code + -}, {@code ~}, {@code * / // %}, {@code **}, signs, then what stands behind a value: {@code
 * .name}, {@code [key]}, {@code (…)}, {@code |filter} and {@code is test}.
 */
final class Expressions {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;

    Expressions(Tokens tokens) {
        this.tokens = tokens;
    }

    Expression read() {
        Expression value = readOr();
        while (tokens.skipName("if")) {
            Expression then = value;
            Expression condition = readOr();
            Expression otherwise = tokens.skipName("else") ? read() : scope -> new Undefined("else");
            value = scope -> condition.isTrue(scope) ? then.value(scope) : otherwise.value(scope);
        }
        return value;
    }

    /** One, or several with commas between them, which make a list. */
    Expression readTuple() {
        Expression first = read();
        if (!tokens.isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")) {
            if (tokens.isNext(Kind.TAG_END) || tokens.isOperator(")")) {
                break;
            }
            elements.add(read());
        }
        return list(elements);
    }

    private static Expression list(List<Expression> elements) {
        return scope -> {
            scope.work().elements(elements.size());
            List<Object> values = new ArrayList<>();
            elements.forEach(element -> values.add(element.value(scope)));
            return values;
        };
    }

    /** Without a condition behind it. */
    Expression readOr() {
        Expression left = readAnd();
        while (tokens.skipName("or")) {
            Expression a = left;
            Expression b = readAnd();
            left = scope -> {
                Object value = a.value(scope);
                return Values.isTrue(value) ? value : b.value(scope);
            };
        }
        return left;
    }

    private Expression readAnd() {
        Expression left = readNot();
        while (tokens.skipName("and")) {
            Expression a = left;
            Expression b = readNot();
            left = scope -> {
                Object value = a.value(scope);
                return Values.isTrue(value) ? b.value(scope) : value;
            };
        }
        return left;
    }

    private Expression readNot() {
        if (!tokens.skipName("not")) {
            return readComparison();
        }
        Expression value = readNot();
        return scope -> !value.isTrue(scope);
    }

    private record Comparison(String operator, Expression right) {}

    private Expression readComparison() {
        Expression first = readSum();
        List<Comparison> comparisons = new ArrayList<>();
        while (true) {
            if (tokens.isNext(Kind.OPERATOR)
                    && COMPARISONS.contains(tokens.peek().text())) {
                comparisons.add(new Comparison(tokens.take().text(), readSum()));
            } else if (tokens.skipName("in")) {
                comparisons.add(new Comparison("in", readSum()));
            } else if (tokens.skipNames("not", "in")) {
                comparisons.add(new Comparison("not in", readSum()));
            } else {
                return comparisons.isEmpty() ? first : compared(first, comparisons);
            }
        }
    }

    /** {@code a < b < c} holds where both do. */
    private static Expression compared(Expression first, List<Comparison> comparisons) {
        return scope -> {
            Object left = first.value(scope);
            for (Comparison comparison : comparisons) {
                Object right = comparison.right().value(scope);
                if (!Operators.compare(comparison.operator(), left, right, scope.work())) {
                    return false;
                }
                left = right;
            }
            return true;
        };
    }

    private Expression readSum() {
        Expression left = readConcatenation();
        while (tokens.isOperator("+") || tokens.isOperator("-")) {
            left = operation(tokens.take().text(), left, readConcatenation());
        }
        return left;
    }

    private Expression readConcatenation() {
        Expression left = readProduct();
        while (tokens.skipOperator("~")) {
            Expression a = left;
            Expression b = readProduct();
            left = scope -> scope.work()
                    .made(Written.plain(a.value(scope), scope.work())
                            .concat(Written.plain(b.value(scope), scope.work())));
        }
        return left;
    }

    private Expression readProduct() {
        Expression left = readPower();
        while (tokens.isOperator("*") || tokens.isOperator("/") || tokens.isOperator("//") || tokens.isOperator("%")) {
            left = operation(tokens.take().text(), left, readPower());
        }
        return left;
    }

    private Expression readPower() {
        Expression left = readSigned(true);
        while (tokens.isOperator("**")) {
            left = operation(tokens.take().text(), left, readSigned(true));
        }
        return left;
    }

    private static Expression operation(String operator, Expression left, Expression right) {
        return scope -> Operators.apply(operator, left.value(scope), right.value(scope), scope.work());
    }

    private Expression readSigned(boolean filters) {
        Expression value;
        if (tokens.skipOperator("-")) {
            Expression positive = readSigned(false);
            value = scope -> Operators.negative(positive.value(scope));
        } else if (tokens.skipOperator("+")) {
            value = readSigned(false);
        } else {
            value = readPrimary();
        }
        value = readPostfix(value);
        return filters ? readFilters(value) : value;
    }

    private Expression readPrimary() {
        Token token = tokens.take();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> {
                var text = new StringBuilder(token.text());
                while (tokens.isNext(Kind.STRING)) {
                    text.append(tokens.take().text());
                }
                String literal = text.toString();
                yield scope -> literal;
            }
            case INTEGER -> {
                Object number = number(token);
                yield scope -> number;
            }
            case FLOAT -> {
                Object number = Double.valueOf(token.text());
                yield scope -> number;
            }
            default ->
                switch (token.text()) {
                    case "(" -> readParenthesis();
                    case "[" -> list(readList("]"));
                    case "{" -> readMap();
                    default -> throw tokens.fail("a value is missing");
                };
        };
    }

    private Long number(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException tooLarge) {
            throw tokens.fail("a number is too large: " + tooLarge.getMessage());
        }
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> scope -> true;
            case "false", "False" -> scope -> false;
            case "none", "None" -> scope -> None.NONE;
            default -> scope -> scope.get(name);
        };
    }

    private Expression readParenthesis() {
        if (tokens.skipOperator(")")) {
            return scope -> List.of();
        }
        Expression value = readTuple();
        tokens.operator(")");
        return value;
    }

    private List<Expression> readList(String end) {
        List<Expression> elements = new ArrayList<>();
        while (!tokens.skipOperator(end)) {
            if (!elements.isEmpty()) {
                tokens.operator(",");
                if (tokens.skipOperator(end)) {
                    break;
                }
            }
            elements.add(read());
        }
        return elements;
    }

    private Expression readMap() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!tokens.skipOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.operator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            Expression key = read();
            tokens.operator(":");
            entries.put(key, read());
        }
        return scope -> {
            scope.work().elements(entries.size());
            Map<Object, Object> map = new LinkedHashMap<>();
            entries.forEach((key, value) -> map.put(key.value(scope), value.value(scope)));
            return map;
        };
    }

    private Expression readPostfix(Expression value) {
        Expression read = value;
        while (true) {
            Expression of = read;
            if (tokens.skipOperator(".")) {
                Token name = tokens.take();
                switch (name.kind()) {
                    case NAME -> read = scope -> Values.attribute(of.value(scope), name.text());
                    case INTEGER -> {
                        Object index = number(name);
                        read = scope -> Values.item(of.value(scope), index);
                    }
                    default -> throw tokens.fail("a name is missing behind a dot");
                }
            } else if (tokens.skipOperator("[")) {
                read = readItem(of);
            } else if (tokens.isOperator("(")) {
                read = readCall(of);
            } else {
                return read;
            }
        }
    }

    private Expression readItem(Expression of) {
        Expression none = scope -> None.NONE;
        Expression from = tokens.isOperator(":") ? none : read();
        if (tokens.skipOperator("]")) {
            return scope -> Values.item(of.value(scope), from.value(scope));
        }
        tokens.operator(":");
        Expression to = tokens.isOperator(":") || tokens.isOperator("]") ? none : read();
        Expression by = tokens.skipOperator(":") && !tokens.isOperator("]") ? read() : none;
        tokens.operator("]");
        return scope ->
                Values.slice(of.value(scope), from.value(scope), to.value(scope), by.value(scope), scope.work());
    }

    private Expression readCall(Expression of) {
        Call call = readArguments();
        return scope -> {
            scope.work().step();
            Object called = of.value(scope);
            if (called instanceof Function function) {
                return function.call(call.arguments(scope), scope.work());
            }
            throw Values.wrong(called, "a function");
        };
    }

    private record Call(List<Expression> positional, Map<String, Expression> named) {
        Arguments arguments(Scope scope) {
            List<Object> values = new ArrayList<>();
            positional.forEach(expression -> values.add(expression.value(scope)));
            Map<String, Object> names = new LinkedHashMap<>();
            named.forEach((name, expression) -> names.put(name, expression.value(scope)));
            return new Arguments(values, names);
        }
    }

    private Call readArguments() {
        tokens.operator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!tokens.skipOperator(")")) {
            if (!positional.isEmpty() || !named.isEmpty()) {
                tokens.operator(",");
                if (tokens.skipOperator(")")) {
                    break;
                }
            }
            if (tokens.isNext(Kind.NAME) && tokens.isOperatorBehind("=")) {
                String name = tokens.name();
                tokens.operator("=");
                named.put(name, read());
            } else {
                positional.add(read());
            }
        }
        return new Call(positional, named);
    }

    private Expression readFilters(Expression value) {
        Expression read = value;
        while (true) {
            Expression of = read;
            if (tokens.skipOperator("|")) {
                read = readFilter(of);
            } else if (tokens.skipName("is")) {
                read = readTest(of);
            } else if (tokens.isOperator("(")) {
                read = readCall(of);
            } else {
                return read;
            }
        }
    }

    /** A filter's name and arguments, behind its bar. */
    Expression readFilter(Expression of) {
        String name = tokens.name();
        Call call = tokens.isOperator("(") ? readArguments() : new Call(List.of(), Map.of());
        return scope -> Filters.apply(name, of.value(scope), call.arguments(scope), scope.work());
    }

    private Expression readTest(Expression of) {
        boolean negated = tokens.skipName("not");
        String name = tokens.name();
        Call call = readTestArguments();
        return scope -> negated != Tests.holds(name, of.value(scope), call.arguments(scope), scope.work());
    }

    private Call readTestArguments() {
        if (tokens.isOperator("(")) {
            return readArguments();
        }
        boolean argument = switch (tokens.peek().kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME ->
                !Set.of("else", "or", "and", "is", "if", "in", "not")
                        .contains(tokens.peek().text());
            default -> tokens.isOperator("[") || tokens.isOperator("{");
        };
        return argument ? new Call(List.of(readPostfix(readPrimary())), Map.of()) : new Call(List.of(), Map.of());
    }
}
