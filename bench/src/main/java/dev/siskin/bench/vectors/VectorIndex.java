package dev.siskin.bench.vectors;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Filter;
import dev.siskin.api.Quantization;
import dev.siskin.bench.dataset.Passages;
import dev.siskin.bench.dataset.Passages.Passage;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import dev.siskin.retrieval.collection.ChunkSchema;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.Snapshot;
import dev.siskin.retrieval.collection.WriteBatch;
import dev.siskin.retrieval.filter.FilterQueries;
import dev.siskin.retrieval.search.Deadline;
import dev.siskin.retrieval.search.VectorSide;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Query;

/** A collection of retrieval-service, opened in this process. */
final class VectorIndex implements AutoCloseable {
    private static final CollectionKey KEY = new CollectionKey("bench", "vectors");
    /** Metadata field with each passage's {@link #draw}. */
    static final String DRAW = "draw";

    static final int DRAWS = 10_000;
    private static final int BATCH = 1000;
    private static final Duration NO_LIMIT = Duration.ofHours(1);

    private final Collections collections;
    private final Collection collection;

    private VectorIndex(Collections collections) throws IOException {
        this.collections = collections;
        this.collection = collections.get(KEY);
    }

    static VectorIndex create(Path folder, Quantization quantization, int dimensions) throws IOException {
        Collections collections = Collections.open(folder);
        collections.create(KEY, manifest(quantization, dimensions));
        return new VectorIndex(collections);
    }

    static VectorIndex open(Path folder) throws IOException {
        return new VectorIndex(Collections.open(folder));
    }

    private static CollectionManifest manifest(Quantization quantization, int dimensions) {
        var model = new ModelFingerprint(
                ModelFingerprint.VERSION, "none", "", "", Pooling.CLS, "", "", dimensions, 512, true, List.of());
        return CollectionManifest.of(
                KEY.name(), new CollectionManifest.Spec("none", quantization, "en"), model, Instant.EPOCH);
    }

    /** Stores all passages, a commit every {@value #BATCH}. */
    void store(Passages passages) throws IOException {
        for (List<Passage> portion = passages.next(BATCH); !portion.isEmpty(); portion = passages.next(BATCH)) {
            WriteBatch batch = collection.begin();
            for (Passage passage : portion) {
                batch.put(prepared(passage));
            }
            batch.commit();
        }
    }

    /** A number that says nothing of the vector, below {@link #DRAWS}: filters ask for it. */
    static int draw(int passage) {
        return (int) ((passage * 7919L + 17) % DRAWS);
    }

    private static PreparedDocument prepared(Passage passage) {
        int end = passage.text().length();
        var chunk = new Chunk(passage.text(), null, null, null, 0, end, passage.vector());
        var document = new Document(
                passage.id(), null, null, null, Map.of(DRAW, draw(passage.number())), List.of(chunk), null);
        return PreparedDocument.of(document, passage.vector().length, text -> passage.vector());
    }

    Collection collection() {
        return collection;
    }

    int segments() throws IOException {
        try (Snapshot snapshot = collection.snapshot()) {
            return snapshot.reader().leaves().size();
        }
    }

    /** Passage numbers by Lucene document; -1 for one that is no chunk. */
    static int[] numbers(Snapshot snapshot) throws IOException {
        int[] numbers = new int[snapshot.reader().maxDoc()];
        Arrays.fill(numbers, -1);
        for (LeafReaderContext leaf : snapshot.reader().leaves()) {
            BinaryDocValues ids = leaf.reader().getBinaryDocValues(ChunkSchema.ID);
            for (int doc = ids.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = ids.nextDoc()) {
                numbers[leaf.docBase + doc] =
                        Integer.parseInt(ids.binaryValue().utf8ToString().substring(1));
            }
        }
        return numbers;
    }

    /** The vector side of a search, as the service makes it. */
    static VectorSide search(Snapshot snapshot, float[] query, Filter filter) {
        Query matching = new FilterQueries(snapshot.metadataTypes()).of(filter);
        return new VectorSide(snapshot.searcher(), query, matching, Deadline.in(NO_LIMIT));
    }

    @Override
    public void close() throws IOException {
        collections.close();
    }
}
