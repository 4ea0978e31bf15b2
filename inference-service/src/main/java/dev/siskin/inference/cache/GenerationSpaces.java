package dev.siskin.inference.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The index generations of each endpoint of retrieval-service. Endpoints that hold copies of a collection count apart:
 * 42 here and 42 there are two states of it, and neither is the newer one. Thread-safe.
 */
public final class GenerationSpaces {
    private final Map<String, Space> spaces;

    /**
     * What is known of one endpoint.
     *
     * @param generations seen there
     * @param watch that keeps them fresh
     */
    public record Space(Generations generations, GenerationWatch watch) {}

    /** Asks an endpoint for a tenant's generations, within a time; throws where they cannot be had. */
    @FunctionalInterface
    public interface Source {
        Map<String, Long> generations(String endpoint, String tenant, Duration within);
    }

    /** @param interval between two calls of {@link #poll} */
    public GenerationSpaces(List<String> endpoints, Source source, Ticker ticker, Duration interval) {
        this.spaces = endpoints.stream().collect(Collectors.toUnmodifiableMap(Function.identity(), endpoint -> {
            var generations = new Generations();
            var watch = new GenerationWatch(
                    generations, (tenant, within) -> source.generations(endpoint, tenant, within), ticker, interval);
            return new Space(generations, watch);
        }));
    }

    /** What is known of an endpoint. */
    public Space at(String endpoint) {
        Space space = spaces.get(endpoint);
        if (space == null) {
            throw new IllegalArgumentException("no endpoint " + endpoint);
        }
        return space;
    }

    /** Whether the newest generation seen anywhere is this one: false where two endpoints know the collection. */
    public boolean isNewest(String endpoint, Index index, long generation) {
        return spaces.entrySet().stream().allMatch(space -> {
            var current = space.getValue().generations().current(index);
            return space.getKey().equals(endpoint)
                    ? current.isPresent() && current.getAsLong() == generation
                    : current.isEmpty();
        });
    }

    /** One round of polls everywhere; to be called once an interval. */
    public void poll() {
        spaces.values().forEach(space -> space.watch().poll());
    }
}
