package dev.siskin.inference.generation.local.template;

/** What gives a value. */
@FunctionalInterface
interface Expression {
    Object value(Scope scope);

    default boolean isTrue(Scope scope) {
        return Values.isTrue(value(scope));
    }
}
