package dev.siskin.api;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A search; every field but the query has a default.
 *
 * @param query may be left out where a vector is given and the mode is {@code vector}
 * @param vector {@code [dimensions]}, used instead of embedding the query
 * @param k hits wanted, 1 to 1,000
 * @param fusion how a hybrid search makes one score of two; null = convex
 * @param oversample candidates per hit rescored on the raw vectors; null = the level's default
 * @param minScore lowest cosine a hit may have
 * @param maxPerDocument most hits of one document; null = no bound
 * @param include of {@code text}, {@code metadata}, {@code highlights}; null = text and metadata
 * @param deadlineMs after which what has been found is returned, flagged
 * @param exact scores every vector: slow, for measuring
 * @param minGeneration waits within the deadline for this generation, else 503
 */
public record SearchRequest(
        @Nullable String query,

        @JsonSerialize(using = VectorJson.Writer.class) @JsonDeserialize(using = VectorJson.Reader.class)
        float @Nullable [] vector,

        @Nullable Integer k,
        @Nullable SearchMode mode,
        @Nullable FusionMethod fusion,
        @Nullable Filter filter,
        @Nullable Double oversample,
        @Nullable Double minScore,
        @Nullable Integer maxPerDocument,
        @Nullable List<Include> include,
        @Nullable Integer deadlineMs,
        @Nullable Boolean exact,
        @Nullable Long minGeneration) {
    public static final int DEFAULT_K = 10;
    public static final int MAX_K = 1000;
    public static final int DEFAULT_DEADLINE_MS = 500;
    public static final int MAX_DEADLINE_MS = 60_000;
    public static final int MAX_QUERY_CHARS = 8192;

    /** Parts of a hit that are sent on request. */
    public enum Include {
        @com.fasterxml.jackson.annotation.JsonProperty("text")
        TEXT,
        @com.fasterxml.jackson.annotation.JsonProperty("metadata")
        METADATA,
        @com.fasterxml.jackson.annotation.JsonProperty("highlights")
        HIGHLIGHTS
    }

    /** A search with everything by default. */
    public static SearchRequest of(String query) {
        return new SearchRequest(query, null, null, null, null, null, null, null, null, null, null, null, null);
    }
}
