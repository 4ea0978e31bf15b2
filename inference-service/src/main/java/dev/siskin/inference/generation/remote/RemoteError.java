package dev.siskin.inference.generation.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.inference.shaping.PlainText;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** What an endpoint says of its errors, made fit for a log: one line, short, and without the key. */
final class RemoteError {
    /** UTF-16 units of an endpoint's words that are passed on. */
    static final int LONGEST = 200;

    private RemoteError() {}

    /** The message in the body of an error; empty where there is none. */
    static String messageOf(byte[] body) {
        try {
            return messageOf(Json.MAPPER.readTree(new String(body, StandardCharsets.UTF_8)));
        } catch (JsonProcessingException notJson) {
            // a page of HTML or half an object says nothing to anybody
            return "";
        }
    }

    /** The same of JSON: OpenAI's shape, and those of servers that come near it. */
    static String messageOf(JsonNode body) {
        JsonNode error = body.path("error");
        return Stream.of(error.path("message"), error, body.path("message"), body.path("detail"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .findFirst()
                .orElse("");
    }

    /** Whether an HTTP status says that this one request is at fault, not the endpoint. */
    static boolean isRequests(int status) {
        return status == 400 || status == 413 || status == 422;
    }

    /** Control and invisible characters and line ends go, the key too, and what is too long. */
    static String clean(String words, String key) {
        String plain = PlainText.of(words);
        String shown = key.isEmpty() ? plain : plain.replace(key, "***");
        if (shown.length() <= LONGEST) {
            return shown;
        }
        boolean half = Character.isLowSurrogate(shown.charAt(LONGEST));
        return shown.substring(0, half ? LONGEST - 1 : LONGEST) + "…";
    }
}
