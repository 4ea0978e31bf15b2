package dev.siskin.inference.generation.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.util.Optional;

/**
 * One event of a streamed chat completion.
 *
 * @param text written since the last one, mostly a token; often empty
 * @param finishReason why the model has stopped: {@code stop}, {@code length}, …
 * @param usage tokens of the whole call, which come once, at the end
 */
record CompletionChunk(String text, Optional<String> finishReason, Optional<Usage> usage) {

    /** Tokens read and written. */
    record Usage(int promptTokens, int completionTokens) {}

    /**
     * Reads an event.
     *
     * @param key that must not show in a message
     * @throws RemoteFailure where this is none, or an error
     */
    static CompletionChunk parse(String data, String key) throws RemoteFailure {
        JsonNode chunk;
        try {
            chunk = Json.MAPPER.readTree(data);
        } catch (JsonProcessingException garbage) {
            throw RemoteFailure.ofEndpoint("sends events that are no JSON", garbage);
        }
        if (!chunk.isObject()) {
            throw RemoteFailure.ofEndpoint("sends events that are no chat completion", null);
        }
        if (chunk.hasNonNull("error")) {
            String message = "broke off with an error";
            RemoteFailure failure =
                    RemoteError.isRequests(chunk.at("/error/code").asInt())
                            ? RemoteFailure.ofRequest(message)
                            : RemoteFailure.ofEndpoint(message, null);
            throw failure.saying(RemoteError.clean(RemoteError.messageOf(chunk), key));
        }
        JsonNode choice = chunk.path("choices").path(0);
        return new CompletionChunk(
                text(choice.path("delta").path("content")).orElse(""),
                text(choice.path("finish_reason")),
                usage(chunk.path("usage")));
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    private static Optional<Usage> usage(JsonNode usage) {
        JsonNode prompt = usage.path("prompt_tokens");
        JsonNode completion = usage.path("completion_tokens");
        return isCount(prompt) && isCount(completion)
                ? Optional.of(new Usage(prompt.asInt(), completion.asInt()))
                : Optional.empty();
    }

    private static boolean isCount(JsonNode number) {
        return number.canConvertToInt() && number.asInt() >= 0;
    }
}
