package dev.siskin.embedding;

/** A text was not embedded: the model failed on it, or the wait for it ended. The subclasses name the other causes. */
public class EmbeddingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** One line: what failed, the value, the remedy. */
    public EmbeddingException(String message) {
        super(message);
    }

    /** One line: what failed, the value, the remedy; and what it failed with. */
    public EmbeddingException(String message, Throwable cause) {
        super(message, cause);
    }
}
