package dev.siskin.indexer.progress;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A document that is not in the collection as it is on disk.
 *
 * @param document its id, or its path where it has none
 * @param reason why, one line
 * @param remedy what the user can do
 * @param lasting whether it stays so until the document changes, rather than may pass by itself
 */
public record Failure(
        String document,
        String reason,
        String remedy,
        @JsonIgnore boolean lasting) {
    /** A failure that may pass: the next run tries the document again. */
    public Failure(String document, String reason, String remedy) {
        this(document, reason, remedy, false);
    }
}
