package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer and how it was come by.
 *
 * @param answer sentences with {@code [n]} after each, or the plain words of an abstention
 * @param abstained true where nothing retrieved supports an answer
 */
public record AnswerResponse(
        String answer,
        boolean abstained,
        List<Citation> citations,
        Route route,
        Shaping shaping,
        Usage usage,
        Cost cost,
        CacheUse cache,
        long generation,
        Timings timingsMs,
        String requestId) {

    /**
     * Where a sentence comes from.
     *
     * @param n the number that stands in the answer
     * @param start of the quote in the document's extracted text, UTF-16 units, half-open
     * @param score cosine of the chunk; null where keyword search alone was used
     */
    public record Citation(
            int n,
            String documentId,
            int chunk,
            @Nullable String title,
            @Nullable String uri,
            @Nullable Integer page,
            @Nullable String heading,
            int start,
            int end,
            String quote,
            @Nullable Double score) {}

    /** Which tier answered, by which model, why, and whether it is a step down. */
    public record Route(
            Tier tier,
            String model,
            String reason,
            @Nullable Degraded degraded) {}

    /** A step down the ladder and its cause. */
    public record Degraded(String step, String cause) {}

    /** What was cut on the way in. */
    public record Shaping(
            int historyTurnsDropped,
            int historyTurnsCondensed,
            int chunksRetrieved,
            int chunksUsed,
            int tokensBefore,
            int tokensAfter,
            boolean questionTruncated) {}

    /** Tokens read and written, and the bytes that were reserved for them. */
    public record Usage(int promptTokens, int completionTokens, long reservedBytes) {}

    /** What this answer cost, and what a thousand like it would. */
    public record Cost(
            double usd, @JsonProperty("usd_per_1k") double usdPer1k) {}

    /** Milliseconds spent in each stage. */
    public record Timings(double queue, double retrieve, double shape, double generate, double total) {}

    /** Whether a cache answered. */
    public enum CacheUse {
        @JsonProperty("none")
        NONE,
        @JsonProperty("retrieval")
        RETRIEVAL,
        @JsonProperty("answer")
        ANSWER
    }
}
