package dev.siskin.inference.openai;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chat, as OpenAI's clients send it. Fields not named here have no effect and are ignored; of the last ones only what
 * changes nothing is accepted.
 *
 * @param model {@code siskin/<collection>} or {@code siskin/<collection>:<route>}
 * @param messages the last one of the user is the question
 * @param maxTokens the older name of {@code maxCompletionTokens}
 * @param seed of the draws where the temperature is above 0
 * @param stop a text or up to four, in front of which the answer ends
 * @param n 1, or null
 * @param tools none
 * @param functions none
 * @param logprobs false, or null
 * @param topLogprobs 0, or null
 * @param responseFormat of type {@code text}, or null
 * @param modalities {@code ["text"]}, or null
 * @param audio null
 * @param webSearchOptions null
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ChatRequest(
        @Nullable String model,
        @Nullable List<@Nullable Message> messages,
        @Nullable Double temperature,
        @Nullable Integer maxTokens,
        @Nullable Integer maxCompletionTokens,
        @Nullable Long seed,
        @Nullable JsonNode stop,
        @Nullable Boolean stream,
        @Nullable StreamOptions streamOptions,
        @Nullable Integer n,
        @Nullable JsonNode tools,
        @Nullable JsonNode functions,
        @Nullable Boolean logprobs,
        @Nullable Integer topLogprobs,
        @Nullable JsonNode responseFormat,
        @Nullable JsonNode modalities,
        @Nullable JsonNode audio,
        @Nullable JsonNode webSearchOptions) {

    /**
     * One turn.
     *
     * @param role {@code system}, {@code developer}, {@code user} or {@code assistant}
     * @param content a text, or an array of parts {@code {"type":"text","text":"…"}}
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Message(@Nullable String role, @Nullable JsonNode content) {}

    /** @param includeUsage whether a chunk with the usage comes after the last one */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record StreamOptions(@Nullable Boolean includeUsage) {}

    boolean streams() {
        return Boolean.TRUE.equals(stream);
    }

    boolean streamsUsage() {
        return streamOptions != null && Boolean.TRUE.equals(streamOptions.includeUsage());
    }

    /** Tokens the answer may have; the newer name wins. */
    @Nullable
    Integer tokenLimit() {
        return maxCompletionTokens != null ? maxCompletionTokens : maxTokens;
    }
}
