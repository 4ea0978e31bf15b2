package dev.siskin.inference.generation.local.template;

import dev.siskin.inference.generation.local.template.Statement.Flow;
import dev.siskin.inference.generation.local.template.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what stands between the expressions: text, conditions, loops, {@code set}, {@code macro}, {@code with}. */
final class Statements {
    private final Tokens tokens;
    private final Expressions expressions;

    private Statements(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new Expressions(tokens);
    }

    static Statement read(List<Token> template) {
        var statements = new Statements(new Tokens(template));
        Statement all = statements.readUntil();
        statements.tokens.end(Kind.END);
        return all;
    }

    /** Up to a tag with one of these names, which is left with its name next. */
    private Statement readUntil(String... ends) {
        List<Statement> statements = new ArrayList<>();
        while (!tokens.isNext(Kind.END)) {
            Token token = tokens.take();
            switch (token.kind()) {
                case TEXT -> statements.add(text(token.text()));
                case PRINT_BEGIN -> {
                    Expression value = expressions.readTuple();
                    statements.add(print(value, token.line()));
                    tokens.end(Kind.PRINT_END);
                }
                default -> {
                    if (List.of(ends).contains(tokens.peek().text())) {
                        return Statement.all(statements);
                    }
                    statements.add(readTag(token.line()));
                }
            }
        }
        if (ends.length > 0) {
            throw tokens.fail("\"%s\" is missing".formatted(ends[ends.length - 1]));
        }
        return Statement.all(statements);
    }

    private static Statement text(String text) {
        return (scope, output) -> {
            scope.work().write(output, text);
            return Flow.ON;
        };
    }

    private static Statement print(Expression expression, int line) {
        return (scope, output) -> {
            scope.work().step(line);
            scope.work().write(output, Written.plain(expression.value(scope), scope.work()));
            return Flow.ON;
        };
    }

    private Statement readTag(int line) {
        String tag = tokens.name();
        Statement statement = switch (tag) {
            case "if" -> readIf();
            case "for" -> readFor();
            case "set" -> readSet();
            case "macro" -> readMacro();
            case "with" -> readWith();
            case "generation" -> {
                tokens.end(Kind.TAG_END);
                Statement body = readUntil("endgeneration");
                yield endOf("endgeneration", (scope, output) -> body.run(scope.inner(), output));
            }
            case "break" -> endOf("", (scope, output) -> Flow.BREAK);
            case "continue" -> endOf("", (scope, output) -> Flow.CONTINUE);
            case "include", "import", "from", "extends" ->
                throw tokens.fail("\"" + tag + "\" is not allowed: a template reads no other");
            default -> throw tokens.fail("\"" + tag + "\" is not supported");
        };
        return (scope, output) -> {
            scope.work().step(line);
            return statement.run(scope, output);
        };
    }

    /** Reads a tag's end, behind its name if that still has to be read. */
    private Statement endOf(String name, Statement statement) {
        if (!name.isEmpty() && !tokens.skipName(name)) {
            throw tokens.fail("\"" + name + "\" is missing");
        }
        tokens.end(Kind.TAG_END);
        return statement;
    }

    private Statement readIf() {
        Expression condition = expressions.readTuple();
        tokens.end(Kind.TAG_END);
        Statement then = readUntil("elif", "else", "endif");
        Statement otherwise;
        if (tokens.skipName("elif")) {
            otherwise = readIf();
        } else {
            otherwise = readElse("endif");
            endOf("endif", otherwise);
        }
        return (scope, output) -> (condition.isTrue(scope) ? then : otherwise).run(scope, output);
    }

    private Statement readElse(String end) {
        if (!tokens.skipName("else")) {
            return Statement.all(List.of());
        }
        tokens.end(Kind.TAG_END);
        return readUntil(end);
    }

    private Statement readFor() {
        List<String> targets = readTargets();
        if (!tokens.skipName("in")) {
            throw tokens.fail("\"in\" is missing");
        }
        Expression elements = expressions.readOr();
        Optional<Expression> filter = tokens.skipName("if") ? Optional.of(expressions.read()) : Optional.empty();
        if (tokens.isName("recursive")) {
            throw tokens.fail("\"recursive\" is not supported");
        }
        tokens.end(Kind.TAG_END);
        Statement body = readUntil("else", "endfor");
        Statement otherwise = readElse("endfor");
        return endOf("endfor", (scope, output) -> {
            List<Object> all = chosen(Values.elements(elements.value(scope), scope.work()), targets, filter, scope);
            return all.isEmpty() ? otherwise.run(scope, output) : loop(all, targets, body, scope, output);
        });
    }

    private static List<Object> chosen(
            List<Object> elements, List<String> targets, Optional<Expression> filter, Scope scope) {
        return filter.isEmpty()
                ? elements
                : elements.stream()
                        .filter(element -> {
                            Scope inner = scope.inner();
                            bind(targets, element, inner);
                            return filter.get().isTrue(inner);
                        })
                        .toList();
    }

    private static Flow loop(
            List<Object> elements, List<String> targets, Statement body, Scope scope, StringBuilder output) {
        for (int i = 0; i < elements.size(); i++) {
            scope.work().step();
            Scope inner = scope.inner();
            inner.set("loop", new Attributes.Loop(elements, i));
            bind(targets, elements.get(i), inner);
            if (body.run(inner, output) == Flow.BREAK) {
                break;
            }
        }
        return Flow.ON;
    }

    private List<String> readTargets() {
        boolean parenthesis = tokens.skipOperator("(");
        List<String> names = new ArrayList<>(List.of(tokens.name()));
        while (tokens.skipOperator(",")) {
            names.add(tokens.name());
        }
        if (parenthesis) {
            tokens.operator(")");
        }
        return names;
    }

    private static void bind(List<String> names, Object value, Scope scope) {
        if (names.size() == 1) {
            scope.set(names.getFirst(), value);
            return;
        }
        List<Object> values = Values.elements(value, scope.work());
        if (values.size() != names.size()) {
            throw new TemplateException("%d names take %d values".formatted(names.size(), values.size()));
        }
        for (int i = 0; i < values.size(); i++) {
            scope.set(names.get(i), values.get(i));
        }
    }

    private Statement readSet() {
        List<String> names = readTargets();
        if (names.size() == 1 && tokens.skipOperator(".")) {
            return readSetOfField(names.getFirst(), tokens.name());
        }
        if (tokens.skipOperator("=")) {
            Expression value = expressions.readTuple();
            return endOf("", (scope, output) -> {
                bind(names, value.value(scope), scope);
                return Flow.ON;
            });
        }
        Expression written = scope -> scope.get("");
        while (tokens.skipOperator("|")) {
            written = expressions.readFilter(written);
        }
        Expression filtered = written;
        tokens.end(Kind.TAG_END);
        Statement body = readUntil("endset");
        return endOf("endset", (scope, output) -> {
            Scope inner = scope.inner();
            inner.set("", captured(body, inner));
            scope.set(names.getFirst(), filtered.value(inner));
            return Flow.ON;
        });
    }

    private static String captured(Statement body, Scope scope) {
        var text = new StringBuilder();
        body.run(scope, text);
        return text.toString();
    }

    private Statement readSetOfField(String name, String field) {
        tokens.operator("=");
        Expression value = expressions.readTuple();
        return endOf("", (scope, output) -> {
            if (!(scope.get(name) instanceof Attributes.Namespace namespace)) {
                throw new TemplateException("\"%s\" is no namespace".formatted(name));
            }
            namespace.fields().put(field, value.value(scope));
            return Flow.ON;
        });
    }

    private Statement readMacro() {
        String name = tokens.name();
        tokens.operator("(");
        Map<String, Expression> parameters = new LinkedHashMap<>();
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.operator(",");
            }
            String parameter = tokens.name();
            Expression missing = scope -> new Undefined(parameter);
            parameters.put(parameter, tokens.skipOperator("=") ? expressions.read() : missing);
        }
        tokens.end(Kind.TAG_END);
        Statement body = readUntil("endmacro");
        return endOf("endmacro", (scope, output) -> {
            scope.set(name, macro(parameters, body, scope));
            return Flow.ON;
        });
    }

    private static Function macro(Map<String, Expression> parameters, Statement body, Scope scope) {
        return (arguments, work) -> {
            if (arguments.positional().size() > parameters.size()) {
                throw new TemplateException("a macro takes %d arguments, not %d"
                        .formatted(parameters.size(), arguments.positional().size()));
            }
            Scope inner = scope.inner();
            int index = 0;
            for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
                boolean given = arguments.has(index, parameter.getKey());
                inner.set(
                        parameter.getKey(),
                        given
                                ? arguments.at(index, parameter.getKey())
                                : parameter.getValue().value(inner));
                index++;
            }
            work.enter();
            String text = captured(body, inner);
            work.leave();
            return text;
        };
    }

    private Statement readWith() {
        Map<String, Expression> values = new LinkedHashMap<>();
        while (!tokens.isNext(Kind.TAG_END)) {
            if (!values.isEmpty()) {
                tokens.operator(",");
            }
            String name = tokens.name();
            tokens.operator("=");
            values.put(name, expressions.read());
        }
        tokens.end(Kind.TAG_END);
        Statement body = readUntil("endwith");
        return endOf("endwith", (scope, output) -> {
            Scope inner = scope.inner();
            values.forEach((name, value) -> inner.set(name, value.value(scope)));
            return body.run(inner, output);
        });
    }
}
