package dev.siskin.inference.cache;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The index generations this process has seen, newest first, a few for each collection: the newest decides which
 * cached answers are current, the older ones where to look when retrieval-service is down. Thread-safe.
 */
public final class Generations {
    private static final int REMEMBERED = 4;

    private final Map<Index, List<Long>> seen = new ConcurrentHashMap<>();

    /** The newest generation seen; nothing where the collection is not known. */
    public OptionalLong current(Index index) {
        List<Long> generations = seen.getOrDefault(index, List.of());
        return generations.isEmpty() ? OptionalLong.empty() : OptionalLong.of(generations.getFirst());
    }

    /** All that are remembered, newest first. */
    public List<Long> remembered(Index index) {
        return seen.getOrDefault(index, List.of());
    }

    /** Learns from a search: raises, for a search may end after a later poll. */
    public void searched(Index index, long generation) {
        seen.merge(
                index,
                List.of(generation),
                (known, one) -> generation > known.getFirst() ? with(generation, known) : known);
    }

    /** Learns from a poll, which is the truth: it may take back and it ends what it does not name. */
    public void polled(String tenant, Map<String, Long> generations) {
        seen.keySet().removeIf(index -> index.tenant().equals(tenant) && !generations.containsKey(index.collection()));
        generations.forEach((collection, generation) -> seen.merge(
                new Index(tenant, collection),
                List.of(generation),
                (known, one) -> generation.equals(known.getFirst()) ? known : with(generation, known)));
    }

    /** Forgets a tenant. */
    public void forget(String tenant) {
        seen.keySet().removeIf(index -> index.tenant().equals(tenant));
    }

    private static List<Long> with(long newest, List<Long> known) {
        return Stream.concat(Stream.of(newest), known.stream().filter(one -> one != newest))
                .limit(REMEMBERED)
                .toList();
    }
}
