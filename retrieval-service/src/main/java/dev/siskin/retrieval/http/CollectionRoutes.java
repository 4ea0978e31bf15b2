package dev.siskin.retrieval.http;

import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionInfo.BytesOnDisk;
import dev.siskin.api.CollectionInfo.BytesResident;
import dev.siskin.api.CollectionList;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Quantization;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.codec.IndexBytes;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.Counts;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Optional;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;

/** {@code /v1/collections} and {@code /v1/generations}. */
public final class CollectionRoutes {
    private static final int ATTEMPTS = 3;
    private static final long MAX_SPEC_BYTES = 64 * 1024;

    private final Collections collections;
    private final Embedders embedders;
    private final WorkPool pool;
    private final WorkPool changes;
    private final Clock clock;

    /** @param changes creates and deletes: waits where a collection is replaced, and may hold up nothing else */
    public CollectionRoutes(
            Collections collections, Embedders embedders, WorkPool pool, WorkPool changes, Clock clock) {
        this.collections = collections;
        this.embedders = embedders;
        this.pool = pool;
        this.changes = changes;
        this.clock = clock;
    }

    /** Adds the routes. */
    public void install(HttpHost.Builder host) {
        host.get("/v1/collections", Scope.QUERY, Problems.explained(this::list))
                .describe(RouteDoc.of("Lists the collections, by name").answers(CollectionList.class));
        host.get("/v1/collections/{name}", Scope.QUERY, Problems.explained(this::show))
                .describe(RouteDoc.of("One collection: its documents, generation, bytes on disk and in memory")
                        .answers(CollectionInfo.class));
        host.put("/v1/collections/{name}", Scope.WRITE, MAX_SPEC_BYTES, Problems.explained(this::create))
                .describe(RouteDoc.of(
                                "Creates a collection (201); changes nothing where it exists as sent (200), else 409")
                        .reads(CollectionSpec.class)
                        .answers(201, CollectionInfo.class)
                        .answers(CollectionInfo.class));
        host.delete("/v1/collections/{name}", Scope.WRITE, Problems.explained(this::delete))
                .describe(RouteDoc.of("Deletes a collection and all that is in it")
                        .answersNothing());
        host.get("/v1/generations", Scope.QUERY, Problems.explained(this::generations))
                .describe(RouteDoc.of("The generation of each collection, by name")
                        .answersByName(Long.class));
    }

    /** The collection a request names. */
    static CollectionKey key(Context context, Caller caller) {
        return new CollectionKey(caller.tenant(), context.pathParam("name"));
    }

    /** The collection a request names, to be closed: at once where it is open, else opened on the pool. */
    static Collection open(Collections collections, WorkPool pool, CollectionKey key) {
        return collections.getWhereOpen(key).orElseGet(() -> pool.run(() -> collections.get(key)));
    }

    private void generations(Context context, Caller caller) {
        context.json(collections.generations(caller.tenant()));
    }

    private void list(Context context, Caller caller) {
        var infos = new ArrayList<CollectionInfo>();
        for (String name : collections.generations(caller.tenant()).keySet()) {
            var key = new CollectionKey(caller.tenant(), name);
            pool.run(() -> listedUnlessDamaged(key)).ifPresent(infos::add);
        }
        context.json(new CollectionList(infos));
    }

    /** One that cannot be read, or is deleted meanwhile, does not keep the others from being listed; asked for by name it says why. */
    private Optional<CollectionInfo> listedUnlessDamaged(CollectionKey key) throws IOException {
        try {
            return listed(key);
        } catch (RetrievalException unavailable) {
            if (unavailable.kind() == RetrievalException.Kind.UNAVAILABLE
                    || unavailable.kind() == RetrievalException.Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw unavailable;
        }
    }

    private void show(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        Optional<CollectionInfo> info = pool.run(() -> shown(key));
        context.json(info.orElseThrow(() -> Problem.notFound("there is no collection '" + key.name() + "'")));
    }

    private void create(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        CollectionSpec sent = JsonBody.read(context, CollectionSpec.class);
        boolean created = collections.manifest(key).isEmpty() && create(key, manifest(key, sent));
        collections.manifest(key).ifPresent(manifest -> requireSame(key, sent, manifest.spec()));
        context.status(created ? HttpStatus.CREATED : HttpStatus.OK);
        show(context, caller);
    }

    private boolean create(CollectionKey key, CollectionManifest manifest) {
        return changes.run(() -> collections.create(key, manifest));
    }

    private void delete(Context context, Caller caller) {
        CollectionKey key = key(context, caller);
        if (!changes.run(() -> collections.delete(key))) {
            throw Problem.notFound("there is no collection '" + key.name() + "'");
        }
        context.status(HttpStatus.NO_CONTENT);
    }

    private CollectionManifest manifest(CollectionKey key, CollectionSpec sent) {
        String language = orDefault(sent.language(), CollectionSpec.DEFAULT_LANGUAGE);
        String model = orDefault(sent.embeddingModel(), CollectionSpec.DEFAULT_EMBEDDING_MODEL);
        Quantization quantization =
                sent.quantization() == null ? CollectionSpec.DEFAULT_QUANTIZATION : sent.quantization();
        Collections.requireLanguage(language);
        return CollectionManifest.of(
                key.name(),
                new CollectionManifest.Spec(model, quantization, language),
                fingerprint(model),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    private ModelFingerprint fingerprint(String model) {
        try (ModelLease lease = embedders.named(model)) {
            return lease.embedder().fingerprint();
        }
    }

    private static String orDefault(@Nullable String sent, String defaultValue) {
        return sent == null ? defaultValue : sent;
    }

    private static void requireSame(CollectionKey key, CollectionSpec sent, CollectionManifest.Spec existing) {
        requireSame(key, "embedding_model", sent.embeddingModel(), existing.embeddingModel());
        requireSame(key, "quantization", sent.quantization(), existing.quantization());
        requireSame(key, "language", sent.language(), existing.language());
    }

    private static void requireSame(CollectionKey key, String field, @Nullable Object sent, Object existing) {
        if (sent != null && !sent.equals(existing)) {
            throw Problem.conflict("collection '%s' exists with %s=%s, not %s; delete it or choose another name"
                    .formatted(key.name(), field, wire(existing), wire(sent)));
        }
    }

    private static String wire(Object value) {
        return value instanceof Quantization level ? level.name().toLowerCase(java.util.Locale.ROOT) : value.toString();
    }

    private Optional<CollectionInfo> listed(CollectionKey key) throws IOException {
        Optional<CollectionManifest> manifest = collections.manifest(key);
        Optional<Counts> counts = collections.counts(key);
        return manifest.isEmpty() || counts.isEmpty()
                ? Optional.empty()
                : Optional.of(info(manifest.get(), counts.get(), null, null, null, null));
    }

    private Optional<CollectionInfo> shown(CollectionKey key) throws IOException {
        if (collections.manifest(key).isEmpty()) {
            return Optional.empty();
        }
        for (int attempt = 1; ; attempt++) {
            try (Collection collection = collections.get(key)) {
                return Optional.of(shown(collection));
            } catch (IOException | AlreadyClosedException removed) {
                // its files may be gone: it was deleted, or another index has taken its place
                if (attempt == ATTEMPTS) {
                    throw removed;
                }
            }
        }
    }

    private static CollectionInfo shown(Collection collection) throws IOException {
        return info(
                collection.manifest(),
                collection.counts(),
                onDisk(collection.bytesOnDisk()),
                collection.bytesResident().map(CollectionRoutes::resident).orElse(null),
                MappedPages.resident(collection.folder()).orElse(null),
                collection.isMerging());
    }

    private static BytesOnDisk onDisk(IndexBytes bytes) {
        return new BytesOnDisk(
                bytes.rawVectors(),
                bytes.quantized(),
                bytes.graph(),
                bytes.postings(),
                bytes.storedText(),
                bytes.other(),
                bytes.total());
    }

    private static BytesResident resident(IndexBytes bytes) {
        return new BytesResident(
                bytes.rawVectors(),
                bytes.quantized(),
                bytes.graph(),
                bytes.postings(),
                bytes.storedText(),
                bytes.other(),
                bytes.total());
    }

    private static CollectionInfo info(
            CollectionManifest manifest,
            Counts counts,
            @Nullable BytesOnDisk onDisk,
            @Nullable BytesResident resident,
            @Nullable Long mapped,
            @Nullable Boolean merging) {
        return new CollectionInfo(
                manifest.name(),
                manifest.spec().embeddingModel(),
                manifest.spec().quantization(),
                manifest.spec().language(),
                counts.documents(),
                counts.chunks(),
                counts.deletedChunks(),
                counts.segments(),
                counts.generation(),
                manifest.embedder().id(),
                manifest.embedder().dimensions(),
                onDisk,
                resident,
                mapped,
                merging);
    }
}
