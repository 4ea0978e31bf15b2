package dev.siskin.retrieval;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import dev.siskin.api.Quantization;
import dev.siskin.api.SearchRequest;
import dev.siskin.embedding.Embedder;
import dev.siskin.retrieval.codec.CollectionCodec;
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
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.Version;

/**
 * Writes and searches a collection of one document in a folder of its own, which is deleted after, so that classes are
 * loaded and linked before the first request: it would otherwise take a quarter of a second more.
 */
final class WarmUp {
    private static final String TEXT = "A warm-up is a short rehearsal. It is heard by nobody.";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private WarmUp() {}

    /** @param data folder of the collections, where there is room to write; a leftover is removed at the next start */
    static void run(Embedder embedder, SearchEngine engine, Path data) throws IOException {
        Path folder = Files.createTempDirectory(data, Collections.SCRATCH);
        try (Collections collections = Collections.open(folder)) {
            var key = new CollectionKey("warm-up", "warm-up");
            collections.create(key, manifest(embedder));
            var collection = collections.get(key);

            float[] vector = embedder.embedPassage(TEXT).vector();
            var chunk = new Chunk(TEXT, "Warming", null, null, 0, TEXT.length(), vector);
            var sent = new Document("warm-up", "Warm-up", null, "1", Map.of("year", 2026), List.of(chunk), null);
            Document document = Json.MAPPER.readValue(Json.MAPPER.writeValueAsBytes(sent), Document.class);
            WriteBatch batch = collection.begin();
            batch.put(PreparedDocument.of(
                    document, vector.length, text -> embedder.embedPassage(text).vector()));
            batch.commit();

            SearchRequest request = Json.MAPPER.readValue(
                    "{\"query\":\"who hears the rehearsal?\",\"filter\":{\"eq\":{\"year\":2026}},"
                            + "\"include\":[\"text\",\"metadata\",\"highlights\"]}",
                    SearchRequest.class);
            SearchPlan plan = SearchPlan.of(request, vector.length);
            float[] question = embedder.embedQuery(plan.query()).vector();
            Json.MAPPER.writeValueAsBytes(engine.search(collection, plan, Optional.of(question), Deadline.in(LIMIT)));
        } finally {
            IOUtils.rm(folder);
        }
    }

    private static CollectionManifest manifest(Embedder embedder) {
        CollectionCodec codec = CollectionCodec.of(Quantization.INT4).orElseThrow();
        return new CollectionManifest(
                CollectionManifest.VERSION,
                "warm-up",
                new CollectionManifest.Spec(embedder.manifest().name(), Quantization.INT4, "en"),
                embedder.fingerprint(),
                Version.LATEST.toString(),
                codec.encoding(),
                Instant.EPOCH);
    }
}
