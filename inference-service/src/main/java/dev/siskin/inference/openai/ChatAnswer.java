package dev.siskin.inference.openai;

import dev.siskin.api.AnswerResponse;

/**
 * What a completion and all chunks of a stream say of themselves.
 *
 * @param created seconds since 1970
 * @param model as it was named in the request
 * @param maxTokens the answer may have
 */
record ChatAnswer(String id, long created, String model, int maxTokens) {

    /** The limit is taken to have ended an answer that has reached it. */
    FinishReason finishReason(AnswerResponse answer) {
        return !answer.abstained() && answer.usage().completionTokens() >= maxTokens
                ? FinishReason.LENGTH
                : FinishReason.STOP;
    }
}
