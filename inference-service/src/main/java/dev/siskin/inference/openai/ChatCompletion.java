package dev.siskin.inference.openai;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.CacheUse;
import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.inference.answering.Answered;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer, as OpenAI's clients read it.
 *
 * @param object always {@code chat.completion}
 * @param created seconds since 1970
 * @param model as it was named in the request
 * @param choices always one
 * @param siskin what OpenAI's answers have no place for; its clients keep it among the additional properties
 */
record ChatCompletion(
        String id, String object, long created, String model, List<Choice> choices, Usage usage, Details siskin) {

    /**
     * The answer.
     *
     * @param logprobs always null
     */
    record Choice(int index, Message message, @Nullable Object logprobs, FinishReason finishReason) {}

    /**
     * What is said.
     *
     * @param role always {@code assistant}
     * @param content sentences with {@code [n]} after each, or the plain words of an abstention
     * @param refusal always null
     */
    record Message(String role, String content, @Nullable Object refusal) {}

    /** Tokens read and written. */
    record Usage(int promptTokens, int completionTokens, int totalTokens) {
        static Usage of(AnswerResponse.Usage usage) {
            return new Usage(
                    usage.promptTokens(), usage.completionTokens(), usage.promptTokens() + usage.completionTokens());
        }
    }

    /** The citations, and how the answer was come by. */
    record Details(List<Citation> citations, boolean abstained, Route route, CacheUse cache) {
        static Details of(AnswerResponse answer) {
            return new Details(answer.citations(), answer.abstained(), answer.route(), answer.cache());
        }
    }

    static ChatCompletion of(ChatAnswer about, Answered answered) {
        AnswerResponse answer = answered.response();
        return new ChatCompletion(
                about.id(),
                "chat.completion",
                about.created(),
                about.model(),
                List.of(new Choice(
                        0, new Message("assistant", answer.answer(), null), null, about.finishReason(answered))),
                Usage.of(answer.usage()),
                Details.of(answer));
    }
}
