package dev.siskin.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chunk that was found.
 *
 * @param chunk ordinal of the chunk within its document, from 0
 * @param score what the hits are ordered by: fused (hybrid), cosine (vector) or BM25 (keyword)
 * @param text present when included
 * @param start offset of the text into the document's extracted text, UTF-16 units
 * @param highlights sentences that bear on the query, best first; empty unless included
 */
public record Hit(
        String documentId,
        int chunk,
        double score,
        Scores scores,
        Ranks ranks,
        @Nullable String text,
        @Nullable String context,
        @Nullable String heading,
        @Nullable String title,
        @Nullable String uri,
        @Nullable Integer page,
        int start,
        int end,
        @Nullable Map<String, Object> metadata,
        List<Highlight> highlights) {

    /** The scores of each side; null where a side was not asked. */
    public record Scores(
            @Nullable Double cosine,
            @Nullable Double bm25,
            @Nullable Double fused) {}

    /** One-based rank on each side; null where the side did not list the chunk. */
    public record Ranks(@Nullable Integer vector, @Nullable Integer keyword) {}

    /**
     * A sentence.
     *
     * @param start offset into the document's extracted text, UTF-16 units, half-open
     * @param score comparable across chunks of one response
     */
    public record Highlight(int start, int end, double score) {}
}
