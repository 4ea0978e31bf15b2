package dev.siskin.runtime;

/** A model directory cannot be used. The message is one line: the file, the field, what is allowed, the value, the remedy. */
public final class ModelDirectoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelDirectoryException(String message) {
        super(message);
    }

    public ModelDirectoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
