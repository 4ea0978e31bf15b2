package dev.siskin.inference.retrieval;

import dev.siskin.api.Filter;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchRequest.Include;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * What is to be searched, for whom.
 *
 * @param topK best chunks wanted
 * @param minGeneration of the collection at the first endpoint
 */
public record Query(
        String tenant, String collection, String question, int topK, Filter filter, OptionalLong minGeneration) {
    /** Kept back from a search's time, for the way of what it found. */
    private static final Duration FOR_THE_WAY = Duration.ofMillis(50);

    /** The search with text and scored sentences, which ends early enough to be heard of within this time. */
    SearchRequest request(Duration within) {
        long way = Math.min(within.toMillis() / 10, FOR_THE_WAY.toMillis());
        long deadlineMs = Math.clamp(within.toMillis() - way, 1, SearchRequest.MAX_DEADLINE_MS);
        return new SearchRequest(
                question,
                null,
                topK,
                null,
                null,
                filter,
                null,
                null,
                null,
                List.of(Include.TEXT, Include.HIGHLIGHTS),
                (int) deadlineMs,
                null,
                minGeneration.isPresent() ? minGeneration.getAsLong() : null);
    }
}
