package dev.siskin.auth;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The level of service a key is entitled to. */
public enum ServiceTier {
    @JsonProperty("standard")
    STANDARD,
    @JsonProperty("premium")
    PREMIUM
}
