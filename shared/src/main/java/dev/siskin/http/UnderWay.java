package dev.siskin.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many requests each tenant has under way of the routes of a limit. Thread-safe. */
final class UnderWay {
    static final long RETRY_SECONDS = 1;

    private final Map<Place, Integer> places = new ConcurrentHashMap<>();

    private record Place(String limit, String tenant) {}

    /** Ends the request. */
    interface Entered extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a request.
     *
     * @throws ProblemException 429 where the tenant has as many under way as it may
     */
    Entered enter(RouteLimit limit, String tenant) {
        if (limit.atOnce() == 0) {
            return () -> {};
        }
        var place = new Place(limit.name(), tenant);
        if (places.merge(place, 1, Integer::sum) > limit.atOnce()) {
            leave(place);
            throw Problem.tooManyRequests(
                    "the tenant has " + limit.atOnce() + " " + limit.name()
                            + " under way, as many as it may have at once: wait for one of them",
                    RETRY_SECONDS);
        }
        return () -> leave(place);
    }

    private void leave(Place place) {
        places.computeIfPresent(place, (_, count) -> count == 1 ? null : count - 1);
    }
}
