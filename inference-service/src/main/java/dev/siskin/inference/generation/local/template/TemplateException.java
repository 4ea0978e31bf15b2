package dev.siskin.inference.generation.local.template;

/** A template cannot be read or does not render. The message is one line. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean refusal;

    private TemplateException(String message, boolean refusal, Throwable cause) {
        super(message, cause);
        this.refusal = refusal;
    }

    TemplateException(String message) {
        super(message);
        this.refusal = false;
    }

    /** What {@code raise_exception} throws. */
    static TemplateException refusal(String message) {
        return new TemplateException(message, true, new IllegalArgumentException(message));
    }

    /** The same with its place in front. */
    static TemplateException at(int line, RuntimeException cause) {
        boolean refusal = cause instanceof TemplateException e && e.refusal;
        return new TemplateException("line %d: %s".formatted(line, cause.getMessage()), refusal, cause);
    }

    static TemplateException tooDeep(StackOverflowError cause) {
        return new TemplateException("is nested too deep", false, cause);
    }

    /** Whether the template itself refused these messages, by {@code raise_exception}. */
    public boolean isRefusal() {
        return refusal;
    }
}
