package dev.siskin.inference.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.inference.circuit.CircuitBreaker;
import dev.siskin.inference.circuit.CircuitBreaker.Pass;
import dev.siskin.inference.circuit.CircuitBreaker.Verdict;
import dev.siskin.inference.retrieval.RetrievalMeters.Kind;
import dev.siskin.inference.retrieval.RetrievalMeters.Outcome;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One retrieval-service: its kept-alive connections and its circuit breaker. Whatever it sends, a call ends as an answer
 * that keeps the contract or as a {@link ServiceException} or {@link ServiceUnreachableException}. Thread-safe.
 *
 * <p>The breaker is for endpoints that are away: a call fails it where no connection comes about or holds, where the
 * time that any call should do with ran out, or where what comes is not the contract. A problem with a status is an
 * answer, 502 excepted, which is a proxy's: one damaged collection or one impossible request must not take the endpoint
 * from everybody. Where it opens, searches under way end at once, to be sent elsewhere.
 */
final class Endpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

    /** 50 chunks of 10,000 characters have an eighth of it. */
    static final long MAX_ANSWER_BYTES = 4L << 20;

    /** Readiness and generations are answered from memory. */
    static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

    /** Pauses of its breaker. */
    static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final int BAD_GATEWAY = 502;

    private final ServiceClient client;
    private final String name;
    private final CircuitBreaker breaker;
    private final RetrievalMeters meters;
    private final ResponseBudget responses;
    private final Set<Attempt> running = ConcurrentHashMap.newKeySet();

    /** @param responses of all endpoints together */
    Endpoint(URI address, Optional<String> key, Ticker ticker, RetrievalMeters meters, ResponseBudget responses) {
        this.client = ServiceClient.to(address).withKey(key).withMaxAnswer(MAX_ANSWER_BYTES);
        this.name = address.getPort() < 0 ? address.getHost() : address.getHost() + ":" + address.getPort();
        this.breaker = new CircuitBreaker(ticker, SHORTEST_PAUSE, LONGEST_PAUSE);
        this.meters = meters;
        this.responses = responses;
        meters.watch(name, breaker);
    }

    /** Host and port: how metrics and cache keys call it. */
    String name() {
        return name;
    }

    /** Its address, for messages. */
    URI address() {
        return client.base();
    }

    /** Whether a call would be sent now. */
    boolean admits() {
        return breaker.admits();
    }

    /** A search under way at this endpoint. */
    final class Attempt {
        private final Pass pass;
        private final boolean fair;
        private final CompletableFuture<SearchResponse> answer;
        private final ResponseBudget.Share room;
        private final AtomicBoolean settled = new AtomicBoolean();
        private volatile @Nullable RetrievalDownException abandoned;

        private Attempt(Pass pass, boolean fair, CompletableFuture<SearchResponse> answer, ResponseBudget.Share room) {
            this.pass = pass;
            this.fair = fair;
            this.answer = answer;
            this.room = room;
        }

        Endpoint endpoint() {
            return Endpoint.this;
        }

        /** Ends it and closes its connection, where it has not ended; gives back what its response took. */
        void cancel() {
            settle(Outcome.CANCELLED, Verdict.NONE);
            answer.cancel(true);
            room.giveBack();
        }

        /** The same, for the time that was given has run out. */
        void cancelAsLate() {
            settle(Outcome.TIMED_OUT, fair && !room.isWaiting() ? Verdict.FAILED : Verdict.NONE);
            answer.cancel(true);
        }

        /** The breaker has opened: what others found out is true of this one too. */
        private void abandon() {
            abandoned = RetrievalDownException.resting();
            settle(Outcome.TIMED_OUT, Verdict.NONE);
            answer.cancel(true);
        }

        private void settle(Outcome outcome, Verdict verdict) {
            if (settled.compareAndSet(false, true)) {
                end(pass, Kind.SEARCH, outcome, verdict);
            }
        }
    }

    /**
     * Begins a search, which has to be cancelled in the end, answered or not; nothing where the breaker does not let it
     * pass.
     *
     * @param fair whether the time given is all that a search may take, so that an endpoint that needs more has failed
     * @param answered hears of the answer
     * @param failing hears of what it failed with instead
     */
    Optional<Attempt> begin(
            Query query,
            Duration within,
            boolean fair,
            Consumer<SearchResponse> answered,
            Consumer<Throwable> failing) {
        @Nullable Pass pass = breaker.enter();
        if (pass == null) {
            return Optional.empty();
        }
        String path = "/v1/collections/" + ServiceClient.segment(query.collection()) + "/search";
        ResponseBudget.Share room = responses.share(within);
        CompletableFuture<SearchResponse> answer;
        try {
            answer = client.forTenant(query.tenant())
                    .begin(path, query.request(within), SearchResponse.class, within, room)
                    .thenApply(response -> checked(response, query));
        } catch (RuntimeException | Error notSent) {
            pass.end(Verdict.NONE);
            throw notSent;
        }
        var attempt = new Attempt(pass, fair, answer, room);
        running.add(attempt);
        var _ = answer.whenComplete((response, failed) -> {
            running.remove(attempt);
            if (failed == null) {
                attempt.settle(Outcome.ANSWERED, Verdict.ALIVE);
                answered.accept(response);
                return;
            }
            Throwable cause = failed instanceof CompletionException wrapped
                    ? Objects.requireNonNullElse(wrapped.getCause(), failed)
                    : failed;
            attempt.settle(outcome(cause), verdict(cause, fair));
            room.giveBack();
            failing.accept(Objects.requireNonNullElse(attempt.abandoned, cause));
        });
        return Optional.of(attempt);
    }

    private SearchResponse checked(SearchResponse response, Query query) {
        SearchContract.broken(response, query).ifPresent(wrong -> {
            throw client.notTheContract(wrong, null);
        });
        return response;
    }

    /**
     * Generations of all collections of a tenant.
     *
     * @throws RetrievalDownException where the breaker is open
     * @throws ServiceException where the endpoint answers with an error
     * @throws ServiceUnreachableException where it does not answer in time
     */
    Map<String, Long> generations(String tenant, Duration within) {
        @Nullable Pass pass = breaker.enter();
        if (pass == null) {
            throw RetrievalDownException.resting();
        }
        boolean fair = within.compareTo(PROBE_TIMEOUT) >= 0;
        try {
            JsonNode answer = client.forTenant(tenant).get("/v1/generations", JsonNode.class, within);
            Map<String, Long> generations = read(answer);
            end(pass, Kind.POLL, Outcome.ANSWERED, Verdict.ALIVE);
            return generations;
        } catch (RuntimeException failed) {
            end(pass, Kind.POLL, outcome(failed), verdict(failed, fair));
            throw failed;
        } finally {
            // after an error of this process, which says nothing of the endpoint; does nothing where the call has ended
            pass.end(Verdict.NONE);
        }
    }

    private Map<String, Long> read(JsonNode answer) {
        if (!answer.isObject()) {
            throw client.notTheContract("generations are no object", null);
        }
        Map<String, Long> generations = new HashMap<>();
        answer.properties().forEach(entry -> {
            if (!entry.getValue().isIntegralNumber() || !entry.getValue().canConvertToLong()) {
                throw client.notTheContract("a generation is no whole number", null);
            }
            generations.put(entry.getKey(), entry.getValue().longValue());
        });
        return generations;
    }

    /** Asks whether it is ready, where the breaker waits to know. */
    void probeIfDue() {
        if (!breaker.probeIsDue()) {
            return;
        }
        @Nullable RuntimeException failed = null;
        try {
            client.getText("/readyz", PROBE_TIMEOUT);
        } catch (ServiceException | ServiceUnreachableException down) {
            failed = down;
        }
        // a proxy that lets only /v1 through answers 404
        boolean answered = failed == null || (failed instanceof ServiceException refused && refused.status() < 500);
        breaker.probed(answered);
        meters.called(name, Kind.PROBE, outcome(failed));
        if (answered) {
            LOG.info("retrieval-service at {} answers again", address());
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private void end(Pass pass, Kind kind, Outcome outcome, Verdict verdict) {
        meters.called(name, kind, outcome);
        if (pass.end(verdict)) {
            LOG.warn("retrieval-service at {} does not answer: it is left alone until it is ready again", address());
            running.forEach(Attempt::abandon);
        }
    }

    private static Outcome outcome(@Nullable Throwable failed) {
        return switch (failed) {
            case null -> Outcome.ANSWERED;
            case ServiceException answered -> answered.status() >= 500 ? Outcome.UNAVAILABLE : Outcome.REFUSED;
            case ServiceUnreachableException unreachable ->
                switch (unreachable.reason()) {
                    case NO_CONNECTION, BROKEN_OFF -> Outcome.UNREACHABLE;
                    case TIMED_OUT -> Outcome.TIMED_OUT;
                    case NOT_THE_CONTRACT, TOO_LARGE -> Outcome.GARBAGE;
                    case NO_ROOM -> Outcome.NO_ROOM;
                    case INTERRUPTED -> Outcome.CANCELLED;
                };
            case CancellationException _ -> Outcome.CANCELLED;
            default -> Outcome.GARBAGE;
        };
    }

    private static Verdict verdict(Throwable failed, boolean fair) {
        return switch (failed) {
            case ServiceException answered -> answered.status() == BAD_GATEWAY ? Verdict.FAILED : Verdict.ALIVE;
            case ServiceUnreachableException unreachable ->
                switch (unreachable.reason()) {
                    case NO_CONNECTION, BROKEN_OFF, NOT_THE_CONTRACT -> Verdict.FAILED;
                    case TIMED_OUT -> fair ? Verdict.FAILED : Verdict.NONE;
                    case TOO_LARGE, NO_ROOM -> Verdict.ALIVE;
                    case INTERRUPTED -> Verdict.NONE;
                };
            case CancellationException _ -> Verdict.NONE;
            default -> Verdict.FAILED;
        };
    }
}
