package dev.siskin.inference.generation.local;

/** Not even the best passage fits into the tokens there are for a prompt. The message is one line with the figures. */
public final class PromptTooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PromptTooLongException(String message) {
        super(message);
    }
}
