package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts to embed, as OpenAI's clients send them; fields not named here are ignored.
 *
 * @param input one text, or several
 * @param model name of an embedding model; null = the one loaded at start
 * @param encodingFormat how vectors are sent; null = float
 * @param dimensions the model's, or null
 * @param inputType what the texts are, which decides the prefix they are embedded behind; null = passage
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record EmbeddingsRequest(
        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable
        List<@Nullable String> input,

        @Nullable String model,
        @Nullable EncodingFormat encodingFormat,
        @Nullable Integer dimensions,
        @Nullable InputType inputType) {
    /** Most texts of a request. */
    public static final int MAX_TEXTS = 512;

    /** Most characters of a text. */
    public static final int MAX_TEXT_CHARS = 32_768;

    /** How a vector is sent. */
    public enum EncodingFormat {
        /** An array of numbers. */
        @JsonProperty("float")
        FLOAT,
        /** Base64 of little-endian float32. */
        @JsonProperty("base64")
        BASE64
    }

    /** What a text is embedded as. */
    public enum InputType {
        @JsonProperty("passage")
        PASSAGE,
        @JsonProperty("query")
        QUERY
    }
}
