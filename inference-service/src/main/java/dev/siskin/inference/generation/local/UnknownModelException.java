package dev.siskin.inference.generation.local;

/** There is no model of that name. The message is one line and says which there are. */
public final class UnknownModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownModelException(String message) {
        super(message);
    }
}
