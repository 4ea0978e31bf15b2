package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse.Degraded;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a request may use: decided before the cache is asked, and part of its key.
 *
 * @param tiers allowed, highest first, at least one
 * @param answerTokens tokens the answer may have
 * @param temperature of sampling
 * @param degraded where the wish of the request was not granted
 */
public record Plan(List<TierPlan> tiers, int answerTokens, double temperature, Optional<Degraded> degraded) {
    public Plan {
        tiers = List.copyOf(tiers);
        if (tiers.isEmpty()) {
            throw new IllegalArgumentException("a plan needs a tier");
        }
    }

    /** What of the plan decides the answer: equal keys, equal answers. A wish not granted does not. */
    public String cacheKey() {
        return tiers.stream()
                        .map(tier -> tier.model() + '/' + tier.packingTokens())
                        .collect(Collectors.joining("|"))
                + '/'
                + answerTokens
                + '/'
                + temperature;
    }

    /** The plans without the highest tiers, highest first: what they answered may stand in for this one's. */
    public List<Plan> lower() {
        return IntStream.range(1, tiers.size())
                .mapToObj(first -> new Plan(tiers.subList(first, tiers.size()), answerTokens, temperature, degraded))
                .toList();
    }
}
