package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A question to a collection; everything but question and collection has a default. */
public record AnswerRequest(
        @Nullable String question,
        @Nullable String collection,
        @Nullable List<Turn> history,
        @Nullable Integer topK,
        @Nullable Filter filter,
        @Nullable Tier route,
        @Nullable Priority priority,
        @Nullable Boolean allowDegraded,
        @Nullable Integer maxTokens,
        @Nullable Double temperature,
        @Nullable Boolean stream,
        @Nullable Integer deadlineMs,
        @Nullable Long minGeneration,
        @Nullable Long seed,
        @Nullable List<@Nullable String> stop) {
    public static final int DEFAULT_TOP_K = 6;
    public static final int MAX_TOP_K = 50;
    public static final int DEFAULT_MAX_TOKENS = 256;
    public static final int MAX_MAX_TOKENS = 4096;
    public static final int DEFAULT_DEADLINE_MS = 30_000;
    public static final int MAX_DEADLINE_MS = 600_000;
    public static final int MAX_STOPS = 4;
    public static final int MAX_STOP_CHARS = 256;

    /** Whether somebody waits for the answer. */
    public enum Priority {
        @JsonProperty("interactive")
        INTERACTIVE,
        @JsonProperty("batch")
        BATCH
    }

    /** A question with everything by default. */
    public static AnswerRequest of(String question, String collection) {
        return new AnswerRequest(
                question, collection, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }
}
