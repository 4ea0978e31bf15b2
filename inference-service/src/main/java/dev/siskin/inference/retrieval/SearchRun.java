package dev.siskin.inference.retrieval;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.http.ServiceUnreachableException.Reason;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.retrieval.Endpoint.Attempt;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One search in at most two attempts, which is safe since a search changes nothing.
 *
 * <p><b>Retry.</b> Where no connection comes about, one breaks, what comes is not the contract, or the answer is 502 or
 * 503: once, at the next endpoint. Where there is only one, only after a connection that broke, which kept-alive ones
 * do; a service that says 503 has asked for fewer requests, and the client is told when to come again. Never after 4xx,
 * and never where the time ran out.
 *
 * <p><b>Hedge.</b> Where the first attempt takes longer than most searches did lately, a second one is sent to the next
 * endpoint, and the answer that comes first counts; the other attempt is cancelled and its connection closed.
 *
 * <p>Both cost a second attempt, of which there is a bounded share ({@link SecondAttempts}); but for a search that is
 * ended because the breaker of its endpoint opened, which takes no more of the others than the next one will.
 */
final class SearchRun {
    private final Query query;
    private final Duration within;
    private final boolean fair;
    private final Deque<Endpoint> endpoints;
    private final Ticker ticker;
    private final long began;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Attempt> running = new ArrayList<>();
    private int attempts;

    private sealed interface Event {}

    private record Answer(Endpoint endpoint, SearchResponse response) implements Event {}

    private record Failure(Endpoint endpoint, Throwable cause) implements Event {}

    private record NobodyWaits() implements Event {}

    /** How it came out: first answer, or what the first attempt failed with. */
    sealed interface Result {
        record Answered(Endpoint endpoint, SearchResponse response) implements Result {}

        record Failed(Endpoint endpoint, Throwable cause) implements Result {}

        record Late() implements Result {}

        /** No breaker let it pass. */
        record NotSent() implements Result {}
    }

    /**
     * @param endpoints that may be asked, best first
     * @param fair whether the time given is all that a search may take
     */
    SearchRun(Query query, List<Endpoint> endpoints, Duration within, boolean fair, Ticker ticker) {
        this.query = query;
        this.endpoints = new ArrayDeque<>(endpoints);
        this.within = within;
        this.fair = fair;
        this.ticker = ticker;
        this.began = ticker.read();
    }

    /**
     * Searches.
     *
     * @param hedgeAfter how long the first attempt is waited for alone
     * @throws CancelledException where nobody waits any more, or this thread is interrupted
     */
    Result run(Duration hedgeAfter, SecondAttempts second, RetrievalMeters meters, Cancellation cancellation) {
        cancellation.onCancel(() -> events.add(new NobodyWaits()));
        try {
            return attempts(hedgeAfter, second, meters);
        } finally {
            running.forEach(Attempt::cancel);
            // whoever may still cancel holds this run, and with it the bytes of its responses
            running.clear();
            events.clear();
        }
    }

    private Result attempts(Duration hedgeAfter, SecondAttempts second, RetrievalMeters meters) {
        @Nullable Endpoint first = beginNext();
        if (first == null) {
            return new Result.NotSent();
        }
        @Nullable Throwable firstFailed = null;
        boolean hedgeDue = !endpoints.isEmpty();
        while (true) {
            Duration left = within.minusNanos(ticker.read() - began);
            boolean beforeHedge = hedgeDue && attempts == 1 && hedgeAfter.compareTo(left) < 0;
            switch (next(beforeHedge ? hedgeAfter : left)) {
                case NobodyWaits _ -> throw new CancelledException();
                case null -> {
                    if (!beforeHedge) {
                        running.forEach(Attempt::cancelAsLate);
                        return new Result.Late();
                    }
                    hedgeDue = false;
                    if (anotherAdmits() && second.spend() && beginNext() != null) {
                        meters.hedged();
                    }
                }
                case Answer(Endpoint endpoint, SearchResponse response) -> {
                    return new Result.Answered(endpoint, response);
                }
                case Failure(Endpoint endpoint, Throwable failed) -> {
                    running.removeIf(attempt -> attempt.endpoint() == endpoint);
                    if (endpoint == first) {
                        firstFailed = failed;
                    }
                    // a copy that lacks the collection says 404 of it: the first one's word counts
                    boolean settled = endpoint == first && isRefusal(failed);
                    if (settled || (running.isEmpty() && !retried(endpoint, failed, second, meters))) {
                        return new Result.Failed(first, firstFailed == null ? failed : firstFailed);
                    }
                }
            }
        }
    }

    private @Nullable Event next(Duration wait) {
        try {
            return events.poll(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    private boolean retried(Endpoint endpoint, Throwable failed, SecondAttempts second, RetrievalMeters meters) {
        if (attempts > 1) {
            return false;
        }
        if (endpoints.isEmpty() && isBrokenOff(failed)) {
            endpoints.add(endpoint);
        }
        if (!mayRetry(failed) || !anotherAdmits()) {
            return false;
        }
        boolean affordable = failed instanceof RetrievalDownException || second.spend();
        if (!affordable || beginNext() == null) {
            return false;
        }
        meters.retried();
        return true;
    }

    private boolean anotherAdmits() {
        return endpoints.stream().anyMatch(Endpoint::admits);
    }

    /**
     * Begins at the next endpoint that lets it pass. One that waits for a generation to come takes its time as it was asked
     * to, which is no failure.
     */
    private @Nullable Endpoint beginNext() {
        Duration left = within.minusNanos(ticker.read() - began);
        while (left.isPositive() && !endpoints.isEmpty()) {
            Endpoint endpoint = endpoints.removeFirst();
            var begun = endpoint.begin(
                    query,
                    left,
                    fair && attempts == 0 && query.minGeneration().isEmpty(),
                    response -> events.add(new Answer(endpoint, response)),
                    failed -> events.add(new Failure(endpoint, failed)));
            if (begun.isPresent()) {
                running.add(begun.get());
                attempts++;
                return endpoint;
            }
        }
        return null;
    }

    private static boolean isRefusal(Throwable failed) {
        return failed instanceof ServiceException answered && answered.status() < 500;
    }

    private static boolean isBrokenOff(Throwable failed) {
        return failed instanceof ServiceUnreachableException unreachable && unreachable.reason() == Reason.BROKEN_OFF;
    }

    private static boolean mayRetry(Throwable failed) {
        return switch (failed) {
            case ServiceException answered -> answered.status() == 502 || answered.status() == 503;
            case ServiceUnreachableException unreachable ->
                switch (unreachable.reason()) {
                    case NO_CONNECTION, BROKEN_OFF, NOT_THE_CONTRACT -> true;
                    case TIMED_OUT, TOO_LARGE, NO_ROOM, INTERRUPTED -> false;
                };
            default -> true;
        };
    }
}
