package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** One turn of a conversation. */
public record Turn(Role role, String content) {
    /** Who spoke. */
    public enum Role {
        @JsonProperty("system")
        SYSTEM,
        @JsonProperty("user")
        USER,
        @JsonProperty("assistant")
        ASSISTANT
    }
}
