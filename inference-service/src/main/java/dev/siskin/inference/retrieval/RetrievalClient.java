package dev.siskin.inference.retrieval;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.retrieval.SearchRun.Result;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks retrieval-service on behalf of a tenant, which goes along in a header with a key of scope {@code service}.
 * Connections are kept alive. Thread-safe.
 *
 * <p><b>Several endpoints</b> hold copies of the same collections, each fed by itself, and each counts its own index
 * generations. So a collection of a tenant is asked at one of them, its home, as long as it answers, and no cache entry
 * of one endpoint is served as another's. The home is chosen by rendezvous hashing (Thaler and Ravishankar, 1998), which
 * needs no state, is the same in all processes, and leaves the other collections where they are when an endpoint goes.
 * Requests with {@code min_generation} are asked at the first endpoint of the list and nowhere else: it is whose
 * generations that number counts in.
 */
public final class RetrievalClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetrievalClient.class);

    /** One response of the longest, or hundreds of usual ones; some third of the heap. */
    private static final long RESPONSE_BYTES = ResponseBudget.COPIES * Endpoint.MAX_ANSWER_BYTES;

    private final List<Endpoint> endpoints;
    private final ResponseBudget responses = new ResponseBudget(RESPONSE_BYTES);
    private final Limits limits;
    private final Ticker ticker;
    private final RetrievalMeters meters;
    private final SecondAttempts second;
    private final RecentLatencies latencies = new RecentLatencies();
    private volatile String warned = "";

    /**
     * What searches may take.
     *
     * @param timeout of a search
     * @param secondAttempts share of the searches that may be asked a second time, hedged or retried
     * @param hedgeAfter how long a search is waited for until enough have been seen to know what is usual
     */
    public record Limits(Duration timeout, double secondAttempts, Duration hedgeAfter) {}

    /**
     * @param addresses of retrieval-services, one at least
     * @param key of scope {@code service}; empty = retrieval-service is open
     * @throws IllegalArgumentException where two addresses have the same host and port
     */
    public RetrievalClient(
            List<URI> addresses, Optional<String> key, Limits limits, Ticker ticker, MeterRegistry registry) {
        this.meters = new RetrievalMeters(registry);
        this.endpoints = addresses.stream()
                .map(address -> new Endpoint(address, key, ticker, meters, responses))
                .toList();
        Set<String> names = endpoints.stream().map(Endpoint::name).collect(Collectors.toSet());
        if (names.size() < endpoints.size()) {
            throw new IllegalArgumentException("two addresses of retrieval-service have one host and port");
        }
        this.limits = limits;
        this.ticker = ticker;
        this.second = new SecondAttempts(limits.secondAttempts());
    }

    /** Bytes of the heap reserved for responses that are being read. */
    public long responseBytes() {
        return responses.held();
    }

    /** The most of them. */
    public long maxResponseBytes() {
        return responses.max();
    }

    /** The names of all endpoints. */
    public List<String> endpoints() {
        return endpoints.stream().map(Endpoint::name).toList();
    }

    /**
     * The endpoints that may be asked for a collection, best first: those that take calls now, home before the others;
     * where none does, the home. For a number of the first endpoint's generations, that one.
     */
    public List<String> endpoints(String tenant, String collection, boolean minGeneration) {
        if (minGeneration) {
            return List.of(endpoints.getFirst().name());
        }
        List<Endpoint> order = order(tenant, collection);
        List<String> open =
                order.stream().filter(Endpoint::admits).map(Endpoint::name).toList();
        return open.isEmpty() ? List.of(order.getFirst().name()) : open;
    }

    private List<Endpoint> order(String tenant, String collection) {
        long key = ((long) tenant.hashCode() << 32) ^ collection.hashCode();
        return endpoints.stream()
                .sorted(Comparator.comparingLong(
                        endpoint -> mixed(mixed(key) + endpoint.name().hashCode())))
                .toList();
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the result depends on all of them. */
    private static long mixed(long bits) {
        long z = bits + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * The best chunks with text and scored sentences. A second attempt may be answered by another endpoint.
     *
     * @param endpoint that is asked first
     * @param patience of whoever waits; the search gets that, or the timeout if it is less
     * @param cancellation ends the search
     * @throws RetrievalDownException where there is no answer for now
     * @throws SearchRefusedException where there will never be one
     * @throws SearchTimedOutException where patience ran out, which says nothing of the service
     * @throws SearchNoRoomException where the responses that are being read leave no memory for this one
     * @throws CancelledException where nobody waits any more
     */
    public Found search(String endpoint, Query query, Duration patience, Cancellation cancellation) {
        boolean fair = patience.compareTo(limits.timeout()) >= 0;
        Duration within = fair ? limits.timeout() : patience;
        if (!within.isPositive()) {
            throw new SearchTimedOutException(Duration.ZERO);
        }
        List<Endpoint> order = from(endpoint, query);
        long began = ticker.read();
        second.earn();
        var run = new SearchRun(query, order, within, fair, ticker);
        return switch (run.run(latencies.p95(limits.hedgeAfter()), second, meters, cancellation)) {
            case Result.Answered(Endpoint answering, var response) -> {
                warned = "";
                if (query.minGeneration().isEmpty()) {
                    latencies.add(ticker.read() - began);
                }
                yield new Found(answering.name(), response);
            }
            case Result.NotSent _ -> throw RetrievalDownException.resting();
            case Result.Failed(Endpoint failing, Throwable cause) ->
                throw explained(failing, cause, query.minGeneration(), within, fair);
            case Result.Late _ -> throw late(within, fair);
        };
    }

    private List<Endpoint> from(String name, Query query) {
        List<Endpoint> order = new ArrayList<>(order(query.tenant(), query.collection()));
        Endpoint first = named(name);
        order.remove(first);
        order.addFirst(first);
        return query.minGeneration().isPresent() ? order.subList(0, 1) : order;
    }

    private Endpoint named(String name) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no endpoint " + name));
    }

    /**
     * Generations of all collections of a tenant at an endpoint.
     *
     * @throws RetrievalDownException where the endpoint is left alone for now
     * @throws ServiceException where it answers with an error
     * @throws ServiceUnreachableException where it does not answer in time
     */
    public Map<String, Long> generations(String endpoint, String tenant, Duration within) {
        return named(endpoint).generations(tenant, within);
    }

    /** Asks endpoints that are left alone whether they are ready; to be called every second or so. */
    public void probe() {
        endpoints.forEach(Endpoint::probeIfDue);
    }

    /**
     * The names of all collections of a tenant.
     *
     * @throws RetrievalDownException where there is no answer for now
     * @throws SearchRefusedException where there will never be one
     */
    public Set<String> collections(String tenant) {
        Endpoint first = endpoints.stream().filter(Endpoint::admits).findFirst().orElse(endpoints.getFirst());
        try {
            return first.generations(tenant, limits.timeout()).keySet();
        } catch (RuntimeException failed) {
            throw explained(first, failed, OptionalLong.empty(), limits.timeout(), true);
        }
    }

    @Override
    public void close() {
        endpoints.forEach(Endpoint::close);
    }

    private static RetrievalDownException down(String message, @Nullable Throwable cause) {
        return new RetrievalDownException(message, RetrievalDownException.RETRY_SECONDS, cause);
    }

    private static RuntimeException late(Duration within, boolean fair) {
        return fair
                ? down(
                        "retrieval-service did not answer within " + within.toMillis()
                                + " ms; is it up? ./siskin status tells",
                        null)
                : new SearchTimedOutException(within);
    }

    /** What the caller is told; which endpoint failed and in what words is told to the log alone. */
    private RuntimeException explained(
            Endpoint endpoint, Throwable cause, OptionalLong minGeneration, Duration within, boolean fair) {
        RuntimeException told = switch (cause) {
            case ServiceException answered -> explained(answered, minGeneration);
            case RetrievalDownException down -> down;
            case ServiceUnreachableException unreachable -> explained(unreachable, within, fair);
            default -> down("a search failed; the log has the cause", cause);
        };
        if (told instanceof RetrievalDownException && !(cause instanceof RetrievalDownException)) {
            log("retrieval-service at " + endpoint.address() + ": " + cause.getMessage());
        }
        return told;
    }

    /** The same again is not logged until there was an answer. */
    private void log(String line) {
        if (!line.equals(warned)) {
            warned = line;
            LOG.warn("{}", line);
        }
    }

    private static RuntimeException explained(ServiceUnreachableException unreachable, Duration within, boolean fair) {
        return switch (unreachable.reason()) {
            case TIMED_OUT -> late(within, fair);
            case NO_CONNECTION, BROKEN_OFF, INTERRUPTED ->
                down("retrieval-service cannot be reached; is it up? ./siskin status tells", unreachable);
            case NOT_THE_CONTRACT ->
                down("retrieval-service answers with something that is not the contract", unreachable);
            case TOO_LARGE ->
                down(
                        "retrieval-service answers with more than " + Endpoint.MAX_ANSWER_BYTES + " bytes: lower top_k",
                        unreachable);
            case NO_ROOM -> new SearchNoRoomException();
        };
    }

    private static RuntimeException explained(ServiceException answered, OptionalLong minGeneration) {
        int status = answered.status();
        if (status == 401 || status == 403) {
            return down(
                    "retrieval-service refuses the key of this service: set SISKIN_INFERENCE_RETRIEVAL_KEY to one of"
                            + " scope service",
                    answered);
        }
        if (status >= 500 || status == 429) {
            String behind =
                    minGeneration.isPresent() ? ", or has not reached min_generation=" + minGeneration.getAsLong() : "";
            return new RetrievalDownException(
                    "retrieval-service cannot answer now (HTTP " + status + ")" + behind,
                    answered.retryAfterSeconds().orElse(RetrievalDownException.RETRY_SECONDS),
                    answered);
        }
        return new SearchRefusedException(status, answered.detail(), answered);
    }
}
