package dev.siskin.inference.routing;

import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;

/** Second half of routing: chooses the tier within the plan once the passages are known, and says why. */
public final class Router {

    /** The tier that answers. */
    public Choice choose(Plan plan, ShapedQuestion question, SearchResponse found) {
        TierPlan tier = plan.tiers().getFirst();
        return new Choice(tier, reason(plan, question) + "; " + confidence(found));
    }

    private static String reason(Plan plan, ShapedQuestion question) {
        if (question.wish() != Tier.AUTO) {
            return "asked for";
        }
        return plan.tiers().size() == 1 ? "the only tier this request may use" : "the highest tier allowed";
    }

    private static String confidence(SearchResponse found) {
        OptionalDouble best = found.hits().stream()
                .map(hit -> hit.scores().cosine())
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .max();
        if (best.isPresent()) {
            return String.format(Locale.ROOT, "best cosine %.2f", best.getAsDouble());
        }
        return found.hits().isEmpty() ? "nothing found" : "keyword search alone";
    }
}
