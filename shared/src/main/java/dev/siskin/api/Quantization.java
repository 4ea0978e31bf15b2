package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a collection keeps its vectors in memory; the raw vectors stay on disk for rescoring. */
public enum Quantization {
    @JsonProperty("none")
    NONE,
    @JsonProperty("int8")
    INT8,
    @JsonProperty("int4")
    INT4,
    @JsonProperty("int2")
    INT2,
    @JsonProperty("int1")
    INT1
}
