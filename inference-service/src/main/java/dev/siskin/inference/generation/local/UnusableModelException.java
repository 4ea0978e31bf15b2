package dev.siskin.inference.generation.local;

/** A model cannot be used here. The message is one line: what, which file or figure, the remedy. */
public final class UnusableModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnusableModelException(String message) {
        super(message);
    }

    UnusableModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
