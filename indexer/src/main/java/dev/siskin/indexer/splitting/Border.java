package dev.siskin.indexer.splitting;

/** How well a chunk may end between two neighbouring units of text: the smaller, the better. */
final class Border {
    /** Between two paragraphs, or what else stands by itself. */
    static final int BLOCK = 0;

    /** Between two sentences of a paragraph, rows of a table, or any two lines of code. */
    static final int UNIT = 1 << 20;

    /** Between units that are understood together only: a comment and the function below it. */
    static final int JOINED = UNIT + 1;

    private static final int DEEPEST = UNIT / 3 - 2;

    /** What shows that a block of code begins, the surest first. */
    enum Sign {
        /** A blank line, or a line that closes the block before. */
        CLEAR(0),
        /** Only that the line before is indented more. */
        INDENTATION(1),
        /** A blank line below a comment, which may be about what follows. */
        COMMENT(2);

        private final int grade;

        Sign(int grade) {
            this.grade = grade;
        }
    }

    private Border() {}

    /**
     * Between two blocks of code.
     *
     * @param indentation of the second one's first line
     */
    static int code(int indentation, Sign sign) {
        return 1 + 3 * Math.min(indentation, DEEPEST) + sign.grade;
    }
}
