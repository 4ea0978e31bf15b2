package dev.siskin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a collection's documents, by id.
 *
 * @param cursor where the next page starts; null on the last
 */
public record DocumentPage(List<Entry> documents, @Nullable String cursor) {
    /** One document, without its chunks. */
    public record Entry(
            String id,
            @Nullable String title,
            @Nullable String uri,
            @Nullable String contentHash,
            int chunks) {}
}
