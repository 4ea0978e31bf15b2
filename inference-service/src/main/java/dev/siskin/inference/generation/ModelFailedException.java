package dev.siskin.inference.generation;

/** A tier's model could not answer now: another tier may. The message is one line, without secrets. */
public final class ModelFailedException extends RuntimeException {
    public ModelFailedException(String message) {
        super(message);
    }

    public ModelFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
