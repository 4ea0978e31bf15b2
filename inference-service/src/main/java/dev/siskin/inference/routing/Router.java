package dev.siskin.inference.routing;

import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.inference.accounting.Pressure;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Second half of routing: chooses the tier within the plan once the passages are known, and says why. Thread-safe. */
public final class Router {
    private final RoutingRules rules;
    private final ToDoubleFunction<Tier> queues;
    private final Supplier<Pressure> pressure;

    /**
     * @param queues how full the queue before a tier is now, 0 to 1
     * @param pressure on this process's memory, now
     */
    public Router(RoutingRules rules, ToDoubleFunction<Tier> queues, Supplier<Pressure> pressure) {
        this.rules = rules;
        this.queues = queues;
        this.pressure = pressure;
    }

    /** The tier that answers: the one wished for, the only one, or what the first rule that holds says. */
    public Choice choose(Plan plan, ShapedQuestion question, SearchResponse found) {
        TierPlan highest = plan.tiers().getFirst();
        String confidence = confidence(Signals.cosines(found), found);
        if (plan.traits().isEmpty()) {
            String why = question.wish() == Tier.AUTO ? "the only tier this request may use" : "asked for";
            return new Choice(highest, why + "; " + confidence, false);
        }
        Signals now = Signals.of(
                plan.traits().get(), plan.service(), found, queues.applyAsDouble(highest.tier()), pressure.get());
        Optional<RoutingRules.Rule> rule = rules.first(now);
        TierPlan tier = tier(rule, plan.tiers());
        boolean isPassing = !tier.equals(tier(rules.first(now.idle()), plan.tiers()));
        return new Choice(tier, reason(rule, tier) + "; " + confidence, isPassing);
    }

    /** The rule's tier, else the lowest one above it, else the highest. */
    private static TierPlan tier(Optional<RoutingRules.Rule> rule, List<TierPlan> allowed) {
        return rule.stream()
                .flatMap(first ->
                        allowed.reversed().stream().filter(one -> one.tier().compareTo(first.tier()) >= 0))
                .findFirst()
                .orElse(allowed.getFirst());
    }

    private static String reason(Optional<RoutingRules.Rule> rule, TierPlan tier) {
        if (rule.isEmpty()) {
            return "the highest tier allowed";
        }
        String instead = tier.tier() == rule.get().tier()
                ? ""
                : ", for which this request gets " + RoutingRules.name(tier.tier());
        return "rule '" + rule.get() + "'" + instead;
    }

    private static String confidence(List<Double> cosines, SearchResponse found) {
        if (!cosines.isEmpty()) {
            return String.format(Locale.ROOT, "best cosine %.2f", cosines.getFirst());
        }
        return found.hits().isEmpty() ? "nothing found" : "keyword search alone";
    }
}
