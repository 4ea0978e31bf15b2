package dev.siskin.embedding;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a model's hidden states, {@code [tokens, dimensions]}, become one vector of {@code dimensions}. */
public enum Pooling {
    /** The first token's state. */
    @JsonProperty("cls")
    CLS,
    /** The average of all tokens' states, special tokens included. */
    @JsonProperty("mean")
    MEAN
}
