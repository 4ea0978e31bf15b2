package dev.siskin.inference.generation.local.template;

/**
 * A piece of a template.
 *
 * @param text of a string without its quotes, escapes resolved
 * @param line counted from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        /** What stands outside of the braces. */
        TEXT,
        PRINT_BEGIN,
        PRINT_END,
        TAG_BEGIN,
        TAG_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind kind, String text) {
        return this.kind == kind && this.text.equals(text);
    }
}
