package dev.siskin.inference.retrieval;

import org.jspecify.annotations.Nullable;

/**
 * No search result for now: retrieval-service is away, late, full, refuses the key or sends what cannot be read. One
 * line with the remedy.
 */
public final class RetrievalDownException extends RuntimeException {
    static final long RETRY_SECONDS = 2;

    private final long retryAfterSeconds;

    RetrievalDownException(String message, long retryAfterSeconds, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The circuit breaker of an endpoint is open. */
    static RetrievalDownException resting() {
        return new RetrievalDownException(
                "retrieval-service did not answer several times and is left alone until it does; ./siskin status tells",
                RETRY_SECONDS,
                null);
    }

    /** When another try may succeed. */
    public long retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
