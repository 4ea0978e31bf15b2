package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What became of one line of a bulk upsert.
 *
 * @param id null where the line could not be read as far as its id
 * @param error why it failed, null otherwise
 */
public record DocumentResult(
        @Nullable String id, Status status, @Nullable String error) {
    /** Outcome of a line. */
    public enum Status {
        @JsonProperty("created")
        CREATED,
        @JsonProperty("replaced")
        REPLACED,
        @JsonProperty("unchanged")
        UNCHANGED,
        @JsonProperty("failed")
        FAILED
    }
}
