package dev.siskin.inference.generation.local.template;

/**
 * What one rendering may do, counted: {@value #STEP} units for a statement, a call or an element of a list, one for a
 * character that is made or looked at. Time and memory are bounded so, whatever the template. One per rendering.
 */
final class Work {
    /** Units for a rendering: ten times and more what a chat of 100,000 characters takes; a second or two. */
    static final long MOST = 20_000_000;

    /** UTF-16 units of what a template may write. */
    static final int LONGEST_OUTPUT = 1 << 20;

    /** Macros in macros. */
    static final int DEEPEST = 64;

    private static final int STEP = 20;

    private long spent;
    private int depth;
    private int line;

    void step() {
        spend(STEP);
    }

    void step(int line) {
        this.line = line;
        step();
    }

    /** Of the statement that ran last. */
    int line() {
        return line;
    }

    void elements(long count) {
        spend(count > MOST ? count : count * STEP);
    }

    void characters(long count) {
        spend(count);
    }

    private void spend(long units) {
        if (units > MOST - spent) {
            throw new TemplateException("takes more than %d units of work".formatted(MOST));
        }
        spent += units;
    }

    /** Counts a text that was made. */
    String made(String text) {
        characters(text.length());
        return text;
    }

    void write(StringBuilder output, String text) {
        characters(text.length());
        if (output.length() + text.length() > LONGEST_OUTPUT) {
            throw new TemplateException("writes more than %d characters".formatted(LONGEST_OUTPUT));
        }
        output.append(text);
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw new TemplateException("calls macros more than %d deep".formatted(DEEPEST));
        }
    }

    void leave() {
        depth--;
    }
}
