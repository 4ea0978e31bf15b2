package dev.siskin.inference.generation.local.template;

import dev.siskin.inference.generation.local.template.Token.Kind;
import java.util.List;

/** A template's tokens, read from front to back. */
final class Tokens {
    private final List<Token> tokens;
    private int next;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** The next one, which stays. */
    Token peek() {
        return tokens.get(next);
    }

    boolean isNext(Kind kind) {
        return peek().kind() == kind;
    }

    boolean isOperator(String operator) {
        return peek().is(Kind.OPERATOR, operator);
    }

    /** Whether the operator stands behind the next token. */
    boolean isOperatorBehind(String operator) {
        return tokens.get(Math.min(next + 1, tokens.size() - 1)).is(Kind.OPERATOR, operator);
    }

    boolean isName(String name) {
        return peek().is(Kind.NAME, name);
    }

    Token take() {
        Token token = peek();
        next = Math.min(next + 1, tokens.size() - 1);
        return token;
    }

    boolean skipOperator(String operator) {
        boolean skips = isOperator(operator);
        next += skips ? 1 : 0;
        return skips;
    }

    boolean skipName(String name) {
        boolean skips = isName(name);
        next += skips ? 1 : 0;
        return skips;
    }

    /** Two names in a row, both or neither. */
    boolean skipNames(String first, String second) {
        boolean skips = isName(first)
                && tokens.get(Math.min(next + 1, tokens.size() - 1)).is(Kind.NAME, second);
        next += skips ? 2 : 0;
        return skips;
    }

    void operator(String operator) {
        if (!skipOperator(operator)) {
            throw fail("\"" + operator + "\" is missing");
        }
    }

    String name() {
        if (!isNext(Kind.NAME)) {
            throw fail("a name is missing");
        }
        return take().text();
    }

    void end(Kind kind) {
        if (!isNext(kind)) {
            throw fail("what follows does not belong there");
        }
        take();
    }

    /** A fault at the next token. */
    TemplateException fail(String fault) {
        return new TemplateException("line %d: %s, before \"%s\""
                .formatted(
                        peek().line(), fault, peek().text().lines().findFirst().orElse("")));
    }
}
