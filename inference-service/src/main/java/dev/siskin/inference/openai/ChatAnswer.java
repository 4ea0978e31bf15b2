package dev.siskin.inference.openai;

import dev.siskin.api.AnswerResponse;
import dev.siskin.inference.answering.Answered;

/**
 * What a completion and all chunks of a stream say of themselves.
 *
 * @param created seconds since 1970
 * @param model as it was named in the request
 * @param maxTokens the answer may have
 */
record ChatAnswer(String id, long created, String model, int maxTokens) {

    /** The limit has ended an answer that its model says was cut, and is taken to have ended one that has reached it. */
    FinishReason finishReason(Answered answered) {
        AnswerResponse answer = answered.response();
        boolean reached = !answer.abstained() && answer.usage().completionTokens() >= maxTokens;
        return answered.cut() || reached ? FinishReason.LENGTH : FinishReason.STOP;
    }
}
