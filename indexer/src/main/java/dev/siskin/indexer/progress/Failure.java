package dev.siskin.indexer.progress;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A document that is not in the collection as it is on disk.
 *
 * @param document its id, or its path where it has none
 * @param reason why, one line
 * @param remedy what the user can do
 * @param retry whether it may pass by itself
 */
public record Failure(
        String document,
        String reason,
        String remedy,
        @JsonIgnore Retry retry) {
    /** A failure that may pass: the next run tries the document again. */
    public Failure(String document, String reason, String remedy) {
        this(document, reason, remedy, Retry.ALWAYS);
    }

    /** The same failure, to be tried again otherwise. */
    public Failure with(Retry other) {
        return new Failure(document, reason, remedy, other);
    }
}
