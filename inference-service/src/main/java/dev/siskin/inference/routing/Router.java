package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchResponse;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;

/** Second half of routing: chooses the tier within the plan once the passages are known, and says why. */
public final class Router {

    /** The tier that answers. What made the search fall short makes the answer fall short. */
    public Route route(Plan plan, SearchResponse found) {
        Degraded degraded = Objects.isNull(found.degraded())
                ? null
                : new Degraded(found.degraded().step(), found.degraded().cause());
        return new Route(plan.tier(), plan.model(), reason(found), degraded);
    }

    private static String reason(SearchResponse found) {
        OptionalDouble best = found.hits().stream()
                .map(hit -> hit.scores().cosine())
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .max();
        String confidence = best.isPresent()
                ? String.format(Locale.ROOT, "best cosine %.2f", best.getAsDouble())
                : found.hits().isEmpty() ? "nothing found" : "keyword search alone";
        return "the only tier this server runs; " + confidence;
    }
}
