package dev.siskin.inference.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Filter;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchRequest.Include;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Asks retrieval-service on behalf of a tenant, which goes along in a header with a key of scope
 * {@code service}. Connections are kept alive. Thread-safe.
 */
public final class RetrievalClient implements AutoCloseable {
    private static final long RETRY_SECONDS = 2;

    private final ServiceClient client;
    private final Duration timeout;

    /**
     * @param key of scope {@code service}; empty = retrieval-service is open
     * @param timeout of a search
     */
    public RetrievalClient(URI address, Optional<String> key, Duration timeout) {
        this.client = ServiceClient.to(address).withKey(key);
        this.timeout = timeout;
    }

    /**
     * The {@code topK} best chunks with text and scored sentences.
     *
     * @throws RetrievalDownException where there is no answer for now
     * @throws SearchRefusedException where there will never be one
     */
    public SearchResponse search(String tenant, String collection, SearchRequest request) {
        try {
            return post(tenant, collection, request, timeout);
        } catch (ServiceException answered) {
            throw explained(answered);
        } catch (ServiceUnreachableException unreachable) {
            throw down(unreachable);
        }
    }

    /**
     * The same for somebody who waits no longer than this, if that is less than the timeout.
     *
     * @throws TimeoutException where patience ran out, which says nothing of the service
     */
    public SearchResponse searchWithin(Duration patience, String tenant, String collection, SearchRequest request)
            throws TimeoutException {
        if (patience.compareTo(timeout) >= 0) {
            return search(tenant, collection, request);
        }
        if (!patience.isPositive()) {
            throw new TimeoutException("no time is left for a search");
        }
        try {
            return post(tenant, collection, request, patience);
        } catch (ServiceException answered) {
            throw explained(answered);
        } catch (ServiceUnreachableException unreachable) {
            if (unreachable.timedOut()) {
                throw new TimeoutException("a search took longer than " + patience.toMillis() + " ms");
            }
            throw down(unreachable);
        }
    }

    private SearchResponse post(String tenant, String collection, SearchRequest request, Duration within) {
        String path = "/v1/collections/" + ServiceClient.segment(collection) + "/search";
        return client.forTenant(tenant).post(path, request, SearchResponse.class, within);
    }

    /** Search by question, as the extractive tier needs it. */
    public SearchRequest request(String question, int topK, Filter filter, OptionalLong minGeneration) {
        int deadlineMs = (int) Math.min(timeout.toMillis(), SearchRequest.MAX_DEADLINE_MS);
        return new SearchRequest(
                question,
                null,
                topK,
                null,
                null,
                filter,
                null,
                null,
                null,
                List.of(Include.TEXT, Include.HIGHLIGHTS),
                deadlineMs,
                null,
                minGeneration.isPresent() ? minGeneration.getAsLong() : null);
    }

    /**
     * Generations of all collections of a tenant.
     *
     * @throws ServiceException where retrieval-service answers with an error
     * @throws ServiceUnreachableException where it does not answer in time
     */
    public Map<String, Long> generations(String tenant, Duration within) {
        JsonNode answer = client.forTenant(tenant).get("/v1/generations", JsonNode.class, within);
        return answer.properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().longValue()));
    }

    /**
     * The names of all collections of a tenant.
     *
     * @throws RetrievalDownException where there is no answer for now
     * @throws SearchRefusedException where there will never be one
     */
    public Set<String> collections(String tenant) {
        try {
            return generations(tenant, timeout).keySet();
        } catch (ServiceException answered) {
            throw explained(answered);
        } catch (ServiceUnreachableException unreachable) {
            throw down(unreachable);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static RetrievalDownException down(ServiceUnreachableException unreachable) {
        return new RetrievalDownException("retrieval-service: " + unreachable.getMessage(), RETRY_SECONDS, unreachable);
    }

    private RuntimeException explained(ServiceException answered) {
        int status = answered.status();
        if (status == 401 || status == 403) {
            return new RetrievalDownException(
                    "retrieval-service at " + client.base() + " refuses the key of this service (" + answered.detail()
                            + "): set SISKIN_INFERENCE_RETRIEVAL_KEY to one of scope service",
                    RETRY_SECONDS,
                    answered);
        }
        if (status >= 500 || status == 429) {
            return new RetrievalDownException(
                    "retrieval-service at " + client.base() + " cannot answer now: " + answered.detail(),
                    answered.retryAfterSeconds().orElse(RETRY_SECONDS),
                    answered);
        }
        return new SearchRefusedException(status, answered.detail(), answered);
    }
}
