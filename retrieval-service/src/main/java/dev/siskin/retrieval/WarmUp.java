package dev.siskin.retrieval;

import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.api.SearchRequest;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.WriteBatch;
import dev.siskin.retrieval.search.Deadline;
import dev.siskin.retrieval.search.SearchEngine;
import dev.siskin.retrieval.search.SearchPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.lucene.util.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes and searches a collection of one document in a folder of its own, which is deleted after, so that classes are
 * loaded and linked before the first request: it would otherwise take a quarter of a second more. Runs beside the rest
 * of the start, on a thread of its own.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final String TEXT = "A warm-up is a short rehearsal. It is heard by nobody.";
    private static final String REQUEST = """
        {"query":"who hears the rehearsal?","filter":{"eq":{"year":2026}},
         "include":["text","metadata","highlights"]}\
        """;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int DIMENSIONS = 384;

    private final SearchEngine engine;
    private final Path data;
    private final FutureTask<Boolean> task = new FutureTask<>(this::rehearse);
    private volatile boolean begun;

    /** @param data folder of the collections, where there is room to write; a leftover is removed at the next start */
    WarmUp(SearchEngine engine, Path data) {
        this.engine = engine;
        this.data = data;
    }

    /** Begins, on a thread of its own. */
    void begin() {
        begun = true;
        Thread.ofPlatform().name("warm-up").daemon().start(task);
    }

    /** Why the service is not ready; empty when this is over or was never begun. */
    Optional<String> unfinished() {
        return !begun || task.isDone() ? Optional.empty() : Optional.of("warming up");
    }

    /** Waits for the end. A failure is logged: the first request will then be slow, or fail and say why. */
    void await() {
        if (!begun) {
            return;
        }
        try {
            task.get();
        } catch (ExecutionException failed) {
            LOG.warn("the warm-up failed: {}", String.valueOf(failed.getCause()));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean rehearse() throws IOException {
        Path folder = Files.createTempDirectory(data, Collections.SCRATCH);
        try (Collections collections = Collections.open(folder)) {
            var key = new CollectionKey("warm-up", "warm-up");
            collections.create(key, manifest());
            return rehearse(collections.get(key));
        } finally {
            IOUtils.rm(folder);
        }
    }

    private boolean rehearse(Collection opened) throws IOException {
        try (Collection collection = opened) {
            WriteBatch batch = collection.begin();
            batch.put(PreparedDocument.of(document(), DIMENSIONS, text -> vector()));
            batch.commit();
            SearchRequest request = Json.MAPPER.readValue(REQUEST, SearchRequest.class);
            SearchPlan plan = SearchPlan.of(request, DIMENSIONS);
            byte[] results = Json.MAPPER.writeValueAsBytes(
                    engine.search(collection, plan, Optional.of(vector()), Deadline.in(LIMIT), _ -> {}));
            return results.length > 0;
        }
    }

    private static Document document() throws IOException {
        var chunk = new Chunk(TEXT, "Warming", null, null, 0, TEXT.length(), vector());
        var sent = new Document("warm-up", "Warm-up", null, "1", Map.of("year", 2026), List.of(chunk), null);
        return Json.MAPPER.readValue(Json.MAPPER.writeValueAsBytes(sent), Document.class);
    }

    private static float[] vector() {
        var vector = new float[DIMENSIONS];
        vector[0] = 1;
        return vector;
    }

    private static CollectionManifest manifest() {
        var model = new ModelFingerprint(
                ModelFingerprint.VERSION, "none", "", "", Pooling.CLS, "", "", DIMENSIONS, 512, true, List.of());
        return CollectionManifest.of(
                "warm-up",
                new CollectionManifest.Spec("none", Quantization.INT4, CollectionSpec.DEFAULT_LANGUAGE),
                model,
                Instant.EPOCH);
    }
}
