package dev.siskin.inference.retrieval;

/** No search result for now: retrieval-service is away, late, full or refuses the key. One line with the remedy. */
public final class RetrievalDownException extends RuntimeException {
    private final long retryAfterSeconds;

    RetrievalDownException(String message, long retryAfterSeconds, Throwable cause) {
        super(message, cause);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** When another try may succeed. */
    public long retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
