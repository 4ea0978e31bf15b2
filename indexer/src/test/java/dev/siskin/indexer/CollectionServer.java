package dev.siskin.indexer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.DeleteRequest;
import dev.siskin.api.DeleteSummary;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.DocumentIds;
import dev.siskin.api.DocumentPage;
import dev.siskin.api.DocumentResult;
import dev.siskin.api.DocumentResult.Status;
import dev.siskin.api.DocumentVersion;
import dev.siskin.api.Json;
import dev.siskin.api.PartDigest;
import dev.siskin.api.Quantization;
import dev.siskin.api.StandingParts;
import dev.siskin.api.UpsertSummary;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The few routes of the retrieval-service that an indexer needs, in memory and as strict as the contract: for tests of
 * this module, which does not see that service.
 */
public final class CollectionServer implements AutoCloseable {
    private static final long BODY_CAP = 1 << 20;
    private static final int PAGE = 2;

    private volatile String fingerprint;
    private final int dimensions;
    private final Map<String, CollectionSpec> collections = new TreeMap<>();
    private final Map<String, Map<String, Document>> documents = new TreeMap<>();
    private final Map<String, List<Document>> coming = new HashMap<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger upserts = new AtomicInteger();
    private volatile Supplier<RuntimeException> failure = IllegalStateException::new;
    private volatile Runnable onUpsert = () -> {};
    private final HttpHost host;

    private CollectionServer(String fingerprint, int dimensions) {
        this.fingerprint = fingerprint;
        this.dimensions = dimensions;
        HttpSettings.Declared declared = HttpSettings.declare("test", 0);
        this.host = HttpHost.named("collection-server", declared.read(Settings.of(Map.of())))
                .put("/v1/collections/{name}", Scope.WRITE, BODY_CAP, (context, _) -> {
                    String name = context.pathParam("name");
                    put(name, JsonBody.read(context, CollectionSpec.class));
                    context.json(info(name));
                })
                .get(
                        "/v1/collections/{name}",
                        Scope.QUERY,
                        (context, _) -> context.json(info(context.pathParam("name"))))
                .get(
                        "/v1/collections/{name}/documents",
                        Scope.QUERY,
                        (context, _) -> context.json(page(
                                context.pathParam("name"),
                                String.valueOf(context.queryParam("prefix")),
                                context.queryParam("cursor"))))
                .post(
                        "/v1/collections/{name}/documents/delete",
                        Scope.WRITE,
                        BODY_CAP,
                        ContentKind.JSON,
                        (context, _) -> context.json(
                                delete(context.pathParam("name"), JsonBody.read(context, DeleteRequest.class))))
                .post(
                        "/v1/collections/{name}/documents/status",
                        Scope.QUERY,
                        BODY_CAP,
                        ContentKind.JSON,
                        (context, _) -> context.json(
                                hashes(context.pathParam("name"), JsonBody.read(context, DocumentIds.class))))
                .post(
                        "/v1/collections/{name}/documents/parts",
                        Scope.WRITE,
                        BODY_CAP,
                        ContentKind.JSON,
                        (context, _) -> context.json(
                                standing(context.pathParam("name"), JsonBody.read(context, DocumentVersion.class))))
                .post(
                        "/v1/collections/{name}/documents/parts/delete",
                        Scope.WRITE,
                        BODY_CAP,
                        ContentKind.JSON,
                        (context, _) -> context.json(
                                deleteParts(context.pathParam("name"), JsonBody.read(context, DocumentVersion.class))))
                .post(
                        "/v1/collections/{name}/documents",
                        Scope.WRITE,
                        Document.MAX_REQUEST_BYTES,
                        ContentKind.NDJSON,
                        (context, _) -> {
                            var lines = new BufferedReader(new InputStreamReader(JsonBody.stream(context), UTF_8));
                            context.contentType("application/x-ndjson");
                            context.result(upsert(
                                    context.pathParam("name"), String.valueOf(context.queryParam("embedder")), lines));
                        })
                .start();
    }

    /** A server for vectors of one model. */
    public static CollectionServer start(String fingerprint, int dimensions) {
        return new CollectionServer(fingerprint, dimensions);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + host.port());
    }

    /** Has the next requests that read or write documents fail. */
    public void failNext(int requests, Supplier<RuntimeException> with) {
        failure = with;
        failures.set(requests);
    }

    /** Has the collections go on with the vectors of another model, as after they were re-embedded. */
    public void changeModel(String other) {
        fingerprint = other;
    }

    /** Runs before each upsert is looked at. */
    public void beforeUpsert(Runnable action) {
        onUpsert = action;
    }

    public int upserts() {
        return upserts.get();
    }

    /** A collection's documents by id. */
    public synchronized Map<String, Document> documents(String collection) {
        return new TreeMap<>(documents.getOrDefault(collection, Map.of()));
    }

    public synchronized Optional<CollectionSpec> collection(String name) {
        return Optional.ofNullable(collections.get(name));
    }

    private synchronized void put(String name, CollectionSpec spec) {
        collections.putIfAbsent(name, spec);
        documents.putIfAbsent(name, new TreeMap<>());
    }

    private synchronized CollectionInfo info(String name) {
        CollectionSpec spec = collections.get(name);
        if (spec == null) {
            throw Problem.notFound("no collection " + name);
        }
        int size = stored(name).size();
        String model = spec.embeddingModel() == null ? CollectionSpec.DEFAULT_EMBEDDING_MODEL : spec.embeddingModel();
        return new CollectionInfo(
                name,
                model,
                Quantization.INT4,
                "en",
                size,
                size,
                0,
                1,
                1,
                fingerprint,
                dimensions,
                null,
                null,
                null,
                null);
    }

    private synchronized DocumentHashes hashes(String name, DocumentIds ids) {
        failIfAsked();
        info(name);
        var hashes = new HashMap<String, @Nullable String>();
        for (String id : ids.ids()) {
            Document stored = stored(name).get(id);
            hashes.put(id, stored == null ? null : stored.contentHash());
        }
        return new DocumentHashes(hashes);
    }

    private synchronized StandingParts standing(String name, DocumentVersion version) {
        failIfAsked();
        info(name);
        List<List<Chunk>> parts = coming.getOrDefault(name + "/" + version.id(), List.of()).stream()
                .filter(part -> version.contentHash().equals(part.contentHash()))
                .map(part -> Objects.requireNonNull(part.chunks()))
                .toList();
        return new StandingParts(
                parts.stream().mapToInt(List::size).sum(),
                parts.stream().map(PartDigest::of).toList());
    }

    private synchronized DeleteSummary deleteParts(String name, DocumentVersion version) {
        failIfAsked();
        info(name);
        List<Document> parts = coming.getOrDefault(name + "/" + version.id(), new ArrayList<>());
        return new DeleteSummary(parts.removeIf(part -> version.contentHash().equals(part.contentHash())) ? 1 : 0, 1);
    }

    /** Parts of documents whose last one has not come. */
    public synchronized int partsComing() {
        return coming.values().stream().mapToInt(List::size).sum();
    }

    /** Pages of two, so that there are several. */
    private synchronized DocumentPage page(String name, String prefix, @Nullable String cursor) {
        failIfAsked();
        info(name);
        List<DocumentPage.Entry> rest = stored(name).values().stream()
                .filter(document -> document.id().startsWith(prefix))
                .filter(document -> cursor == null || document.id().compareTo(cursor) > 0)
                .map(document -> new DocumentPage.Entry(document.id(), null, document.uri(), document.contentHash(), 1))
                .toList();
        return rest.size() <= PAGE
                ? new DocumentPage(rest, null)
                : new DocumentPage(rest.subList(0, PAGE), rest.get(PAGE - 1).id());
    }

    private synchronized DeleteSummary delete(String name, DeleteRequest request) {
        failIfAsked();
        info(name);
        long deleted = Objects.requireNonNull(request.ids()).stream()
                .filter(id -> stored(name).remove(id) != null)
                .count();
        return new DeleteSummary(deleted, 1);
    }

    private String upsert(String name, String embedder, BufferedReader body) throws IOException {
        List<String> lines = body.lines().toList();
        onUpsert.run();
        failIfAsked();
        if (!embedder.equals(fingerprint)) {
            throw Problem.conflict("vectors of %s, not of %s".formatted(embedder, fingerprint));
        }
        upserts.incrementAndGet();
        info(name);
        var answer = new StringBuilder();
        for (String line : lines) {
            answer.append(Json.MAPPER.writeValueAsString(upsertOne(name, line))).append('\n');
        }
        UpsertSummary summary = new UpsertSummary(1, lines.size(), 0, 0, 0);
        return answer.append(Json.MAPPER.writeValueAsString(summary))
                .append('\n')
                .toString();
    }

    private synchronized DocumentResult upsertOne(String name, String line) throws IOException {
        JsonNode node = Json.MAPPER.readTree(line);
        Document document = Json.MAPPER.treeToValue(node, Document.class);
        for (Chunk chunk : Objects.requireNonNull(document.chunks())) {
            if (chunk.vector() == null || chunk.vector().length != dimensions) {
                return new DocumentResult(document.id(), Status.FAILED, "a chunk without its vector");
            }
        }
        if (document.part() != null && !comes(name, document)) {
            return new DocumentResult(document.id(), Status.UNCHANGED, null);
        }
        Document before = stored(name).put(document.id(), document.part() == null ? document : whole(name, document));
        return new DocumentResult(document.id(), before == null ? Status.CREATED : Status.REPLACED, null);
    }

    /** Keeps a part, which must be the next or takes the place of one and those after it; whether it is the last. */
    private boolean comes(String name, Document part) {
        List<Document> before = coming.computeIfAbsent(name + "/" + part.id(), _ -> new ArrayList<>());
        int number = Objects.requireNonNull(part.part());
        if (number > before.size()) {
            throw new IllegalStateException("part %d after %d parts".formatted(number, before.size()));
        }
        before.subList(number, before.size()).clear();
        before.add(part);
        return part.more() == null;
    }

    private Document whole(String name, Document last) {
        List<Document> parts = Objects.requireNonNull(coming.remove(name + "/" + last.id()));
        Document first = parts.getFirst();
        List<Chunk> chunks = parts.stream()
                .flatMap(part -> Objects.requireNonNull(part.chunks()).stream())
                .toList();
        return new Document(
                first.id(), first.title(), first.uri(), first.contentHash(), first.metadata(), chunks, null);
    }

    private Map<String, Document> stored(String name) {
        return Objects.requireNonNull(documents.get(name));
    }

    private void failIfAsked() {
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw failure.get();
        }
    }

    @Override
    public void close() {
        host.close();
    }
}
