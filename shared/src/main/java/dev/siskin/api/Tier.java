package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A generation tier, or the wish to have one chosen. */
public enum Tier {
    @JsonProperty("auto")
    AUTO,
    @JsonProperty("extractive")
    EXTRACTIVE,
    @JsonProperty("small")
    SMALL,
    @JsonProperty("large")
    LARGE
}
