package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a hybrid search makes one score of two. */
public enum FusionMethod {
    /** Both scores stretched to 0 to 1 over the candidates, and averaged: the default. */
    @JsonProperty("convex")
    CONVEX,
    /** Reciprocal ranks added: the order of each side counts, its scores do not. */
    @JsonProperty("rrf")
    RRF,
    /** Both scores as log-odds of a probability, averaged. */
    @JsonProperty("log_odds")
    LOG_ODDS
}
