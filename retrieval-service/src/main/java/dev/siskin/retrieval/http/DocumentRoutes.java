package dev.siskin.retrieval.http;

import dev.siskin.api.DeleteRequest;
import dev.siskin.api.DeleteSummary;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.DocumentIds;
import dev.siskin.api.DocumentPage;
import dev.siskin.api.DocumentResult;
import dev.siskin.api.DocumentVersion;
import dev.siskin.api.Filter;
import dev.siskin.api.StandingParts;
import dev.siskin.api.UpsertSummary;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.collection.StoredDocuments;
import dev.siskin.retrieval.collection.WriteBatch;
import dev.siskin.retrieval.filter.FilterQueries;
import dev.siskin.retrieval.search.Embedders;
import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** {@code /v1/collections/{name}/documents} and below. */
public final class DocumentRoutes {
    static final int DEFAULT_PAGE = 100;
    static final int MAX_PAGE = 1000;
    static final int MAX_IDS = 10_000;
    private static final int MAX_FIRST_CHUNK = 1_000_000_000;
    private static final long MAX_IDS_BYTES = 16L * 1024 * 1024;
    private static final long MAX_VERSION_BYTES = 256L * 1024;
    private static final String DOCUMENTS = "/v1/collections/{name}/documents";

    private final Collections collections;
    private final Embedders embedders;
    private final WorkPool reads;
    private final WorkPool writes;
    private final WorkPool commits;
    private final MeterRegistry meters;
    private final Semaphore bulkRequests;
    private final int maxBulkRequests;
    private final DiskReserve disk;
    private final AnswerBudget answers;

    /**
     * @param commits runs commits alone, see {@link BulkUpsert}
     * @param maxBulkRequests bulk upserts under way at once; each may hold a line of 8 MiB
     * @param disk below whose reserve no write begins, so that commits and merges under way can end
     */
    public DocumentRoutes(
            Collections collections,
            Embedders embedders,
            WorkPool reads,
            WorkPool writes,
            WorkPool commits,
            MeterRegistry meters,
            int maxBulkRequests,
            DiskReserve disk,
            AnswerBudget answers) {
        this.collections = collections;
        this.embedders = embedders;
        this.reads = reads;
        this.writes = writes;
        this.commits = commits;
        this.meters = meters;
        this.bulkRequests = new Semaphore(maxBulkRequests);
        this.maxBulkRequests = maxBulkRequests;
        this.disk = disk;
        this.answers = answers;
    }

    /** Adds the routes. */
    public void install(HttpHost.Builder host) {
        host.post(
                        DOCUMENTS,
                        Scope.WRITE,
                        Document.MAX_REQUEST_BYTES,
                        ContentKind.NDJSON,
                        Problems.explained(this::upsert))
                .describe(RouteDoc.of("Stores documents whole; a bad line fails alone; the last line sums up")
                        .reads(Document.class)
                        .query("refresh", Boolean.class, "Accepted; the answer always shows what was written.")
                        .query(
                                "embedder",
                                String.class,
                                "Fingerprint of what made the vectors sent; 409 where it is not the collection's.")
                        .fails(409)
                        .answersLines(DocumentResult.class, UpsertSummary.class));
        host.get(DOCUMENTS, Scope.QUERY, Problems.explained(this::page))
                .describe(RouteDoc.of("Pages through the documents, by id")
                        .query("cursor", String.class, "Where the page starts: cursor of the page before.")
                        .query("limit", Integer.class, "1 to %d, %d by default.".formatted(MAX_PAGE, DEFAULT_PAGE))
                        .query("prefix", String.class, "Ids that start with this only.")
                        .answers(DocumentPage.class));
        host.post(DOCUMENTS + "/status", Scope.QUERY, MAX_IDS_BYTES, ContentKind.JSON, Problems.explained(this::status))
                .describe(RouteDoc.of("The stored content hash of each document; null where there is none")
                        .reads(DocumentIds.class)
                        .answers(DocumentHashes.class));
        host.post(
                        DOCUMENTS + "/parts",
                        Scope.WRITE,
                        MAX_VERSION_BYTES,
                        ContentKind.JSON,
                        Problems.explained(this::parts))
                .describe(RouteDoc.of("The parts that are here of a version of a document whose last part has not come")
                        .reads(DocumentVersion.class)
                        .answers(StandingParts.class));
        host.post(
                        DOCUMENTS + "/parts/delete",
                        Scope.WRITE,
                        MAX_VERSION_BYTES,
                        ContentKind.JSON,
                        Problems.explained(this::deleteParts))
                .describe(RouteDoc.of("Deletes the parts of a version of a document whose last part will not come")
                        .reads(DocumentVersion.class)
                        .answers(DeleteSummary.class));
        host.post(
                        DOCUMENTS + "/delete",
                        Scope.WRITE,
                        MAX_IDS_BYTES,
                        ContentKind.JSON,
                        Problems.explained(this::deleteMany))
                .describe(RouteDoc.of("Deletes documents, either by ids or by filter")
                        .reads(DeleteRequest.class)
                        .answers(DeleteSummary.class));
        host.get(DOCUMENTS + "/<id>", Scope.QUERY, Problems.explained(this::show))
                .describe(RouteDoc.of("One document with its chunks; more is true where it has further ones")
                        .query("chunk", Integer.class, "The first chunk of the answer, 0 by default.")
                        .answers(Document.class));
        host.delete(DOCUMENTS + "/<id>", Scope.WRITE, Problems.explained(this::delete))
                .describe(RouteDoc.of("Deletes one document").answers(DeleteSummary.class));
    }

    /** The collection a request names, to be closed. */
    private Collection collection(Context context, Caller caller) {
        return CollectionRoutes.open(collections, reads, CollectionRoutes.key(context, caller));
    }

    private void upsert(Context context, Caller caller) throws IOException {
        requireFlag(context, "refresh");
        try (Collection collection = collection(context, caller)) {
            requireSameEmbedder(context.queryParam("embedder"), collection);
            disk.require("a bulk upsert", 0);
            upsert(context, collection);
        }
    }

    /** The collection is the one that is written to: where another index takes its place meanwhile, the request fails. */
    private static void requireSameEmbedder(@Nullable String sent, Collection collection) {
        String own = collection.manifest().embedder().id();
        if (sent != null && !sent.equals(own)) {
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "collection '%s' holds vectors of embedder %s (%s), these are of %s; send vectors of its own"
                            .formatted(
                                    collection.key().name(),
                                    own,
                                    collection.manifest().spec().embeddingModel(),
                                    sent));
        }
    }

    private void upsert(Context context, Collection collection) {
        if (!bulkRequests.tryAcquire()) {
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE,
                    "%d bulk upserts are under way, as many as may be; try again in a moment"
                            .formatted(maxBulkRequests));
        }
        try (InputStream body = JsonBody.stream(context);
                var upsert = new BulkUpsert(collection, embedders, writes, commits)) {
            byte[] answer = upsert.run(body);
            upsert.counts().forEach((status, count) -> count(status, count));
            context.contentType(ContentKind.NDJSON.mediaType()).result(answer);
        } catch (IOException broken) {
            throw Problem.badRequest("the request body ended early; nothing of it is acknowledged");
        } finally {
            bulkRequests.release();
        }
    }

    private void count(DocumentResult.Status status, int count) {
        meters.counter("siskin.retrieval.documents", "status", status.name().toLowerCase(Locale.ROOT))
                .increment(count);
    }

    private void status(Context context, Caller caller) {
        List<String> ids = requireIds(JsonBody.read(context, DocumentIds.class).ids());
        try (Collection collection = collection(context, caller)) {
            context.json(reads.run(() -> hashes(collection, ids)));
        }
    }

    private static DocumentHashes hashes(Collection collection, List<String> ids) throws IOException {
        var hashes = new LinkedHashMap<String, @Nullable String>();
        try (Snapshot snapshot = collection.snapshot()) {
            var stored = new StoredDocuments(snapshot);
            for (String id : ids) {
                hashes.put(id, stored.contentHash(id).orElse(null));
            }
        }
        return new DocumentHashes(hashes);
    }

    private void parts(Context context, Caller caller) {
        DocumentVersion version = version(context);
        try (Collection collection = collection(context, caller)) {
            context.json(reads.run(() -> {
                try (Snapshot snapshot = collection.snapshot()) {
                    return new StoredDocuments(snapshot).standingParts(version);
                }
            }));
        }
    }

    /** What was seen does not change, nor does the version that is stored. */
    private void deleteParts(Context context, Caller caller) {
        DocumentVersion version = version(context);
        try (Collection collection = collection(context, caller)) {
            context.json(writes.run(() -> {
                WriteBatch batch = collection.begin();
                long deleted = batch.deleteParts(version.id(), version.contentHash()) ? 1 : 0;
                batch.commit();
                return new DeleteSummary(deleted, collection.generation());
            }));
        }
    }

    @SuppressWarnings("NullAway") // a record read from JSON may lack what its type promises
    private static DocumentVersion version(Context context) {
        DocumentVersion version = JsonBody.read(context, DocumentVersion.class);
        if (version.id() == null || version.contentHash() == null) {
            throw Problem.badRequest("fields 'id' and 'content_hash' are both needed");
        }
        return version;
    }

    private void page(Context context, Caller caller) {
        int limit = number("limit", context.queryParam("limit"), DEFAULT_PAGE, 1, MAX_PAGE);
        String prefix = context.queryParam("prefix") == null ? "" : String.valueOf(context.queryParam("prefix"));
        String cursor = context.queryParam("cursor");
        try (Collection collection = collection(context, caller)) {
            context.json(reads.run(() -> {
                try (Snapshot snapshot = collection.snapshot()) {
                    return new StoredDocuments(snapshot).page(cursor, limit, prefix);
                }
            }));
        }
    }

    private void show(Context context, Caller caller) throws IOException {
        String id = context.pathParam("id");
        int firstChunk = number("chunk", context.queryParam("chunk"), 0, 0, MAX_FIRST_CHUNK);
        try (AnswerBudget.Answer answer = answers.begin()) {
            Optional<Document> document = document(collection(context, caller), id, firstChunk, answer);
            JsonBody.send(context, document.orElseThrow(() -> Problem.notFound("there is no document '" + id + "'")));
        }
    }

    /** Closes the collection: it is not kept open for as long as the client takes to read. */
    private Optional<Document> document(Collection open, String id, int firstChunk, AnswerBudget.Answer answer) {
        try (Collection collection = open) {
            return reads.run(() -> {
                try (Snapshot snapshot = collection.snapshot()) {
                    return new StoredDocuments(snapshot).document(id, firstChunk, answer);
                }
            });
        }
    }

    private void delete(Context context, Caller caller) {
        String id = context.pathParam("id");
        try (Collection collection = collection(context, caller)) {
            DeleteSummary summary = writes.run(() -> deleteAll(collection, List.of(id)));
            if (summary.deleted() == 0) {
                throw Problem.notFound("there is no document '" + id + "'");
            }
            context.json(summary);
        }
    }

    private void deleteMany(Context context, Caller caller) {
        DeleteRequest request = JsonBody.read(context, DeleteRequest.class);
        List<String> ids = request.ids();
        Filter filter = request.filter();
        if ((ids == null) == (filter == null)) {
            throw Problem.badRequest("name the documents either by ids or by filter");
        }
        if (filter instanceof Filter.All) {
            throw Problem.badRequest(
                    "an empty filter would delete every document: delete the collection, if that is meant");
        }
        try (Collection collection = collection(context, caller)) {
            context.json(writes.run(() -> filter == null
                    ? deleteAll(collection, requireIds(ids))
                    : new DeleteSummary(
                            collection.deleteMatching(
                                    snapshot -> new FilterQueries(snapshot.metadataTypes()).of(filter)),
                            collection.generation())));
        }
    }

    private static DeleteSummary deleteAll(Collection collection, List<String> ids) {
        WriteBatch batch = collection.begin();
        long deleted = ids.stream().filter(batch::delete).count();
        batch.commit();
        return new DeleteSummary(deleted, collection.generation());
    }

    private static List<String> requireIds(@Nullable List<String> ids) {
        if (ids == null) {
            throw Problem.badRequest("field 'ids' is missing");
        }
        if (ids.size() > MAX_IDS) {
            throw Problem.badRequest("ids may have at most %d entries: %d".formatted(MAX_IDS, ids.size()));
        }
        if (ids.stream().anyMatch(id -> id == null || id.isEmpty())) {
            throw Problem.badRequest("ids must not hold null or an empty id");
        }
        return ids;
    }

    private static int number(String name, @Nullable String sent, int otherwise, int least, int most) {
        if (sent == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(sent);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            throw Problem.badRequest("%s must be %d to %d: %s=%s".formatted(name, least, most, name, sent));
        }
        throw Problem.badRequest("%s must be %d to %d: %s=%s".formatted(name, least, most, name, sent));
    }

    private static void requireFlag(Context context, String name) {
        String sent = context.queryParam(name);
        if (sent != null && !sent.equals("true") && !sent.equals("false")) {
            throw Problem.badRequest(name + " must be true or false: " + name + "=" + sent);
        }
    }
}
