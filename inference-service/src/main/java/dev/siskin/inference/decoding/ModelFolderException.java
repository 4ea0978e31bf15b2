package dev.siskin.inference.decoding;

/** A model folder cannot be used. The message is one line: the file, its fault, the remedy. */
public final class ModelFolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelFolderException(String message) {
        super(message);
    }

    ModelFolderException(String message, Throwable cause) {
        super(message, cause);
    }
}
