package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which sides of the index a search asks. */
public enum SearchMode {
    @JsonProperty("hybrid")
    HYBRID,
    @JsonProperty("vector")
    VECTOR,
    @JsonProperty("keyword")
    KEYWORD
}
