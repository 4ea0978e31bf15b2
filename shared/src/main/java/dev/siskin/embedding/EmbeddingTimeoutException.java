package dev.siskin.embedding;

import java.time.Duration;

/** A text was not embedded within the time its caller gave; it has left the queue. */
public final class EmbeddingTimeoutException extends EmbeddingException {
    private static final long serialVersionUID = 1L;

    EmbeddingTimeoutException(Duration limit, int waiting) {
        super("embedding took longer than limit_ms=%d with %d texts waiting; allow more time or embed on more threads"
                .formatted(limit.toMillis(), waiting));
    }
}
