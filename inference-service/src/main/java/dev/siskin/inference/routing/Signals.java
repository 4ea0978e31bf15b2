package dev.siskin.inference.routing;

import dev.siskin.api.SearchResponse;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.accounting.Pressure;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What a route is chosen by.
 *
 * @param service tier of the key
 * @param cosine of the nearest passage with the question, -1 to 1; empty where no vectors were searched
 * @param margin by which it exceeds the mean of the other passages
 * @param queue how full the queue before the highest tier allowed is, 0 to 1
 * @param pressure on this process's memory
 */
public record Signals(
        QuestionTraits question,
        ServiceTier service,
        OptionalDouble cosine,
        OptionalDouble margin,
        double queue,
        Pressure pressure) {

    static Signals of(
            QuestionTraits question, ServiceTier service, SearchResponse found, double queue, Pressure pressure) {
        List<Double> cosines = cosines(found);
        OptionalDouble best = cosines.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(cosines.getFirst());
        OptionalDouble margin = cosines.size() < 2
                ? OptionalDouble.empty()
                : OptionalDouble.of(cosines.getFirst()
                        - cosines.subList(1, cosines.size()).stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow());
        return new Signals(question, service, best, margin, queue, pressure);
    }

    /** The same without any load. */
    Signals idle() {
        return new Signals(question, service, cosine, margin, 0, Pressure.NORMAL);
    }

    /** Of the passages with the question, highest first; none where no vectors were searched. */
    static List<Double> cosines(SearchResponse found) {
        return found.hits().stream()
                .map(hit -> hit.scores().cosine())
                .filter(Objects::nonNull)
                .sorted(Comparator.reverseOrder())
                .toList();
    }
}
