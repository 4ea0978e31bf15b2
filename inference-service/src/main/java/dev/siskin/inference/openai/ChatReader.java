package dev.siskin.inference.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.Turn;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.inference.openai.ChatRequest.Message;
import dev.siskin.inference.shaping.QuestionShaper;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a chat as a question to a collection. What would change the answer in a way that is not to be had here is
 * refused with 400 naming the field; what changes nothing is accepted.
 */
final class ChatReader {
    private static final double MAX_TEMPERATURE = 2;

    private ChatReader() {}

    /** @throws ProblemException 400 naming the field */
    static AnswerRequest read(ChatRequest request, ModelName model) {
        refuseWhatIsNotOffered(request);
        List<Turn> turns = turns(request.messages());
        int question = lastOfUser(turns);
        return new AnswerRequest(
                turns.get(question).content(),
                model.collection(),
                history(turns.subList(0, question)),
                null,
                null,
                model.route(),
                null,
                null,
                maxTokens(request),
                temperature(request.temperature()),
                request.stream(),
                null,
                null,
                request.seed(),
                stop(request.stop()));
    }

    /** The last turns that a history may have: a chat client sends all there ever was. */
    private static List<Turn> history(List<Turn> before) {
        int first = before.size();
        int chars = 0;
        while (first > 0 && before.size() - first < QuestionShaper.MAX_HISTORY_TURNS) {
            chars += before.get(first - 1).content().length();
            if (chars > QuestionShaper.MAX_HISTORY_CHARS) {
                break;
            }
            first--;
        }
        return before.subList(first, before.size());
    }

    private static void refuseWhatIsNotOffered(ChatRequest request) {
        if (request.n() != null && request.n() != 1) {
            throw refused("n", "must be 1, there is one answer: n=" + request.n());
        }
        if (isSet(request.tools())) {
            throw refused("tools", "are not offered: leave them out");
        }
        if (isSet(request.functions())) {
            throw refused("functions", "are not offered: leave them out");
        }
        if (Boolean.TRUE.equals(request.logprobs())) {
            throw refused("logprobs", "are not offered: leave them out");
        }
        if (request.topLogprobs() != null && request.topLogprobs() != 0) {
            throw refused("top_logprobs", "are not offered: leave them out");
        }
        @Nullable JsonNode format = request.responseFormat();
        if (format != null && isSet(format) && !format.path("type").asText().equals("text")) {
            throw refused("response_format", "must be of type text, or left out");
        }
        @Nullable JsonNode modalities = request.modalities();
        if (modalities != null
                && isSet(modalities)
                && !(modalities.size() == 1 && modalities.path(0).asText().equals("text"))) {
            throw refused("modalities", "must be [\"text\"], or left out");
        }
        if (isSet(request.audio())) {
            throw refused("audio", "is not offered: leave it out");
        }
        if (isSet(request.webSearchOptions())) {
            throw refused("web_search_options", "are not offered, answers come from a collection: leave them out");
        }
    }

    private static boolean isSet(@Nullable JsonNode field) {
        return field != null && !field.isNull() && !(field.isArray() && field.isEmpty());
    }

    private static List<Turn> turns(@Nullable List<@Nullable Message> messages) {
        if (messages == null) {
            throw refused("messages", "are missing: send [{\"role\":\"user\",\"content\":\"…\"}]");
        }
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            @Nullable Message message = messages.get(i);
            String at = "[" + i + "]";
            if (message == null) {
                throw refused("messages", at + " is null");
            }
            turns.add(new Turn(role(message, at), text(message.content(), at)));
        }
        return turns;
    }

    private static Turn.Role role(Message message, String at) {
        return switch (message.role()) {
            case "system", "developer" -> Turn.Role.SYSTEM;
            case "user" -> Turn.Role.USER;
            case "assistant" -> Turn.Role.ASSISTANT;
            case null -> throw refused("messages", at + " needs role and content");
            default ->
                throw refused(
                        "messages",
                        at + " has a role that is not offered; it may be system, developer, user or assistant");
        };
    }

    /** Empty where there is none: what only calls a tool, for one. */
    private static String text(@Nullable JsonNode content, String at) {
        if (content == null || content.isNull()) {
            return "";
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw refused("messages", at + ".content must be a string or an array of parts");
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : content) {
            if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
                throw refused(
                        "messages",
                        at + ".content[" + parts.size() + "] is no part of type text with a text; others are not read");
            }
            parts.add(part.path("text").textValue());
        }
        return String.join("\n", parts);
    }

    private static int lastOfUser(List<Turn> turns) {
        for (int i = turns.size() - 1; i >= 0; i--) {
            if (turns.get(i).role() == Turn.Role.USER) {
                return i;
            }
        }
        throw refused("messages", "need one of role user: its content is the question");
    }

    /** What is above the most that an answer may have is no limit to it. */
    private static @Nullable Integer maxTokens(ChatRequest request) {
        @Nullable Integer limit = request.tokenLimit();
        if (limit == null) {
            return null;
        }
        if (limit < 1) {
            String field = request.maxCompletionTokens() != null ? "max_completion_tokens" : "max_tokens";
            throw refused(field, "must be 1 or more: " + field + "=" + limit);
        }
        return Math.min(limit, AnswerRequest.MAX_MAX_TOKENS);
    }

    private static @Nullable Double temperature(@Nullable Double temperature) {
        if (temperature != null && !(temperature >= 0 && temperature <= MAX_TEMPERATURE)) {
            throw refused("temperature", "must be 0 to " + MAX_TEMPERATURE + ": temperature=" + temperature);
        }
        return temperature;
    }

    private static List<@Nullable String> stop(@Nullable JsonNode stop) {
        if (stop == null || stop.isNull()) {
            return List.of();
        }
        List<@Nullable String> texts = new ArrayList<>();
        for (JsonNode text : stop.isArray() ? stop : List.of(stop)) {
            if (!text.isTextual()
                    || text.textValue().isEmpty()
                    || text.textValue().length() > AnswerRequest.MAX_STOP_CHARS) {
                throw refused(
                        "stop",
                        "must be a text of 1 to " + AnswerRequest.MAX_STOP_CHARS + " characters, or an array of them");
            }
            texts.add(text.textValue());
        }
        if (texts.size() > AnswerRequest.MAX_STOPS) {
            throw refused("stop", "may have at most " + AnswerRequest.MAX_STOPS + " texts, got " + texts.size());
        }
        return texts;
    }

    private static ProblemException refused(String field, String why) {
        return Problem.badRequest(field + (why.startsWith("[") ? why : " " + why))
                .about(field);
    }
}
