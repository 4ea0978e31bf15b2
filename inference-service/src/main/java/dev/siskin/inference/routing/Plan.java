package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.shaping.GenerationParameters;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a request may use: decided before the cache is asked, and part of its key.
 *
 * @param tiers allowed, highest first, at least one
 * @param traits of the question, where the route depends on them: more than one tier allowed and none wished for
 * @param service tier of the key
 * @param parameters how the answer is written
 * @param degraded where the wish of the request was not granted
 */
public record Plan(
        List<TierPlan> tiers,
        Optional<QuestionTraits> traits,
        ServiceTier service,
        GenerationParameters parameters,
        Optional<Degraded> degraded) {
    public Plan {
        tiers = List.copyOf(tiers);
        if (tiers.isEmpty()) {
            throw new IllegalArgumentException("a plan needs a tier");
        }
        traits = tiers.size() > 1 ? traits : Optional.empty();
    }

    /** What of the plan decides the answer: equal keys, equal answers. A wish not granted does not. */
    public String cacheKey() {
        return tiers.stream()
                        .map(tier -> tier.model() + '/' + tier.packingTokens())
                        .collect(Collectors.joining("|"))
                + '/'
                + parameters.cacheKey()
                + traits.map(known -> "/" + known + "/" + service).orElse("");
    }

    /** The next tier above one of these, where there is one. */
    public Optional<TierPlan> above(TierPlan tier) {
        int next = tiers.indexOf(tier) - 1;
        return next >= 0 ? Optional.of(tiers.get(next)) : Optional.empty();
    }

    /** The plans without the highest tiers, highest first: what they answered may stand in for this one's. */
    public List<Plan> lower() {
        return IntStream.range(1, tiers.size())
                .mapToObj(first -> new Plan(tiers.subList(first, tiers.size()), traits, service, parameters, degraded))
                .toList();
    }
}
