package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.Tier;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** First half of routing: which tiers a request may use. */
public final class Planner {
    private final Supplier<List<TierPlan>> offered;
    private final Map<ServiceTier, Tier> highest;

    /**
     * @param offered tiers that this server runs now, highest first; the extractive one is always among them
     * @param highest tier that a key of each service tier may use
     */
    public Planner(Supplier<List<TierPlan>> offered, Map<ServiceTier, Tier> highest) {
        this.offered = offered;
        this.highest = Map.copyOf(highest);
    }

    /** @throws TierNotOfferedException where another tier is wished for and stepping down is not allowed */
    public Plan plan(ShapedQuestion question, ServiceTier key) {
        Tier most = highest.getOrDefault(key, Tier.LARGE);
        Tier wish = question.wish() == Tier.AUTO ? Tier.LARGE : question.wish();
        Tier bound = most.compareTo(wish) < 0 ? most : wish;
        List<TierPlan> allowed = new ArrayList<>(offered.get());
        allowed.removeIf(tier -> tier.tier().compareTo(bound) > 0);
        return new Plan(
                allowed,
                question.wish() == Tier.AUTO && allowed.size() > 1
                        ? Optional.of(QuestionTraits.of(question.asked()))
                        : Optional.empty(),
                key,
                question.parameters(),
                stepDown(question, allowed.getFirst().tier()));
    }

    private Optional<Degraded> stepDown(ShapedQuestion question, Tier granted) {
        if (question.wish() == Tier.AUTO || question.wish() == granted) {
            return Optional.empty();
        }
        if (!question.allowDegraded()) {
            boolean runs = offered.get().stream().anyMatch(tier -> tier.tier() == question.wish());
            throw new TierNotOfferedException(
                    (runs ? "this key may not use that tier" : "this server does not run that tier")
                            + ": route=" + RoutingRules.name(question.wish()) + ", the highest it gets is "
                            + RoutingRules.name(granted)
                            + "; ask with route auto, or with allow_degraded true");
        }
        return Optional.of(new Degraded(RoutingRules.name(granted), "not_allowed"));
    }
}
