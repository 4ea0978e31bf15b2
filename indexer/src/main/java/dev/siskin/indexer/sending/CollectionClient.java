package dev.siskin.indexer.sending;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.DeleteRequest;
import dev.siskin.api.DeleteSummary;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.DocumentIds;
import dev.siskin.api.DocumentPage;
import dev.siskin.api.DocumentResult;
import dev.siskin.api.DocumentVersion;
import dev.siskin.api.Json;
import dev.siskin.api.StandingParts;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One collection over HTTP, as the indexer uses it. Thread-safe. Exceptions are those of {@link ServiceClient}. */
public final class CollectionClient {
    private static final Duration SHORT = Duration.ofSeconds(30);
    private static final int PAGE = 1000;
    private static final Duration UPSERT = Duration.ofMinutes(5);

    private final ServiceClient service;
    private final String name;
    private final String path;

    public CollectionClient(ServiceClient service, String name) {
        this.service = service;
        this.name = name;
        this.path = "/v1/collections/" + ServiceClient.segment(name);
    }

    public String name() {
        return name;
    }

    /** Where the service is. */
    public String service() {
        return service.base().toString();
    }

    /** The collection as it stands; empty where there is none. */
    public Optional<CollectionInfo> find() {
        try {
            return Optional.of(service.get(path, CollectionInfo.class, SHORT));
        } catch (ServiceException refusal) {
            if (refusal.status() == 404) {
                return Optional.empty();
            }
            throw refusal;
        }
    }

    /** Creates the collection for the vectors of a model. */
    public CollectionInfo create(String embeddingModel) {
        return service.put(path, new CollectionSpec(embeddingModel, null, null), CollectionInfo.class, SHORT);
    }

    /** The stored content hash of each document that is stored with one. */
    public Map<String, @Nullable String> hashes(List<String> ids) {
        return service.post(path + "/documents/status", new DocumentIds(ids), DocumentHashes.class, SHORT)
                .contentHashes();
    }

    /** The parts that the service has of a version of a document whose last part has not come. */
    public StandingParts standingParts(DocumentVersion version) {
        return service.post(path + "/documents/parts", version, StandingParts.class, SHORT);
    }

    /** Deletes those parts: the last one will not come. */
    public void deleteParts(DocumentVersion version) {
        var _ = service.post(path + "/documents/parts/delete", version, DeleteSummary.class, SHORT);
    }

    /**
     * A page of the documents whose ids begin like this, by id.
     *
     * @param cursor of the page before; null for the first
     */
    public DocumentPage page(String prefix, @Nullable String cursor) {
        String from = cursor == null ? "" : "&cursor=" + parameter(cursor);
        return service.get(
                path + "/documents?limit=" + PAGE + "&prefix=" + parameter(prefix) + from, DocumentPage.class, SHORT);
    }

    private static String parameter(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Deletes documents; how many there were. */
    public long delete(List<String> ids) {
        return service.post(path + "/documents/delete", new DeleteRequest(ids, null), DeleteSummary.class, SHORT)
                .deleted();
    }

    /**
     * Sends documents, a line each, and returns what became of each, in their order; fewer where the service did not
     * get to all. Refused with 409 where the collection's vectors are of another model by now.
     *
     * @param embedder fingerprint id of the model that made the vectors
     */
    public List<DocumentResult> upsert(String embedder, List<byte[]> lines) {
        List<DocumentResult> results = new ArrayList<>();
        service.postLines(
                path + "/documents?embedder=" + parameter(embedder),
                BodyPublishers.ofByteArrays(lines),
                line -> result(line, results),
                UPSERT);
        return results;
    }

    /** The answer's last line is a summary, which says nothing that the others did not. */
    private static void result(String line, List<DocumentResult> results) {
        try {
            JsonNode node = Json.MAPPER.readTree(line);
            if (node.has("status")) {
                results.add(Json.MAPPER.treeToValue(node, DocumentResult.class));
            }
        } catch (JsonProcessingException malformed) {
            throw new IllegalStateException("the service's answer is not of the contract: " + Json.explain(malformed));
        }
    }
}
