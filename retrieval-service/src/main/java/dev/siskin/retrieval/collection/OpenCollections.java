package dev.siskin.retrieval.collection;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which collections are open, so that the least recently used make room. Thread-safe; closing waits for no lock and for
 * nobody's search: a collection in use, being opened, or with a merge under way is passed over.
 */
final class OpenCollections {
    private final CollectionLimits limits;
    private final Set<StoredCollection> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong openings = new AtomicLong();

    OpenCollections(CollectionLimits limits) {
        this.limits = limits;
    }

    /** Open now. */
    int count() {
        return open.size();
    }

    /** Openings since the start. */
    long openings() {
        return openings.get();
    }

    void opened(StoredCollection collection) {
        open.add(collection);
        openings.incrementAndGet();
    }

    void closed(StoredCollection collection) {
        open.remove(collection);
    }

    /** Closes those used longest ago until another may be opened; where all are in use, there will be more. */
    void makeRoom() {
        for (StoredCollection collection : longestUnusedFirst()) {
            if (open.size() < limits.mostOpen()) {
                return;
            }
            collection.closeWhereUnused(Duration.ZERO);
        }
    }

    /** Closes those that nobody used for the idle time. */
    void closeIdle() {
        for (StoredCollection collection : longestUnusedFirst()) {
            collection.closeWhereUnused(limits.idle());
        }
    }

    private List<StoredCollection> longestUnusedFirst() {
        record Use(StoredCollection collection, Duration unused) {}
        return open.stream()
                .map(collection -> new Use(collection, collection.unused()))
                .sorted(Comparator.comparing(Use::unused).reversed())
                .map(Use::collection)
                .toList();
    }
}
