package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Tier;
import java.util.Optional;

/**
 * What a request may use: decided before the cache is asked, and part of its key.
 *
 * @param tier highest tier allowed
 * @param model and its revision
 * @param packingTokens estimated tokens of passages the tier reads
 * @param answerTokens estimated tokens the answer may have
 * @param degraded where the wish of the request was not granted
 */
public record Plan(
        Tier tier, String model, int packingTokens, int answerTokens, Optional<AnswerResponse.Degraded> degraded) {

    /** What of the plan decides the answer: equal keys, equal answers. A wish not granted does not. */
    public String cacheKey() {
        return model + '/' + packingTokens + '/' + answerTokens;
    }
}
