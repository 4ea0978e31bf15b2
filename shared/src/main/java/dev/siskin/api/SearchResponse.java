package dev.siskin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hits of a search, best first.
 *
 * @param generation of the collection that was searched
 * @param embeddingModel name of the model whose vectors were compared, which gives the cosines their scale; null where
 *     none were: keyword search, by choice or for want of an embedder
 * @param degraded null, or how the search fell short and why
 */
public record SearchResponse(
        List<Hit> hits,
        long generation,
        @Nullable String embeddingModel,
        @Nullable Degraded degraded,
        Timings timingsMs) {
    /**
     * A step down: {@code keyword} (no vectors could be used) or {@code partial} (stopped early), caused
     * by the {@code embedder} or the {@code deadline}.
     */
    public record Degraded(String step, String cause) {}

    /** Milliseconds spent. */
    public record Timings(double embed, double search, double total) {}
}
