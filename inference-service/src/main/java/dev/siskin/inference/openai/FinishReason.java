package dev.siskin.inference.openai;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why an answer ends where it does. */
enum FinishReason {
    /** All is said. */
    @JsonProperty("stop")
    STOP,
    /** The limit on its tokens. */
    @JsonProperty("length")
    LENGTH
}
