package dev.siskin.inference.retrieval;

import dev.siskin.api.SearchResponse;

/**
 * What a search found, and where: generations of different endpoints do not compare.
 *
 * @param endpoint name of the endpoint that answered
 */
public record Found(String endpoint, SearchResponse response) {
    /** Generation of the collection at that endpoint. */
    public long generation() {
        return response.generation();
    }
}
