package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.IndexableFieldType;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/** An index folder that no collection has open: one that came from elsewhere, before it takes a collection's place. */
public final class StoredIndex {
    /** Greater ones are no exact numbers to some readers of JSON, and leave no room to count on. */
    private static final long MAX_GENERATION = 1L << 52;

    private final Path folder;
    private final CollectionManifest manifest;

    /** @param manifest says what the index must be */
    public StoredIndex(Path folder, CollectionManifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * What an index holds.
     *
     * @param coming documents whose last part has not come, see {@link StoredDocuments#coming}
     */
    public record Content(long generation, long documents, long chunks, Map<String, Integer> coming) {}

    /**
     * Opens the index and checks that it is of our schema and as its manifest says, and that it is made of these files
     * and no others.
     *
     * @throws IOException saying what is wrong; hostile files may end in any {@link RuntimeException} of Lucene's too
     */
    public Content inspect(Set<String> files) throws IOException {
        try (Directory directory = new MMapDirectory(folder)) {
            SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
            Set<String> named = new TreeSet<>(commit.files(true));
            if (!named.equals(new TreeSet<>(files))) {
                throw new IOException(
                        "the files are not those of the commit: files=%s, commit=%s".formatted(files, named));
            }
            long generation = CommitRecord.of(commit.getUserData()).generation();
            if (generation < 1 || generation > MAX_GENERATION) {
                throw new IOException(
                        "the generation must be 1 to %d: generation=%d".formatted(MAX_GENERATION, generation));
            }
            try (var searchers = new SearcherManager(directory, new SearcherFactory());
                    Snapshot snapshot = Snapshot.acquire(searchers)) {
                for (LeafReaderContext leaf : snapshot.reader().leaves()) {
                    for (FieldInfo field : leaf.reader().getFieldInfos()) {
                        requireOurs(field);
                    }
                }
                return new Content(
                        generation, snapshot.documents(), snapshot.chunks(), new StoredDocuments(snapshot).coming());
            }
        }
    }

    /** How a field is indexed. */
    private record Shape(
            IndexOptions terms, boolean norms, boolean vectors, DocValuesType values, int points, int pointBytes) {
        static Shape of(FieldInfo field) {
            return new Shape(
                    field.getIndexOptions(),
                    field.hasNorms() || (field.getIndexOptions() != IndexOptions.NONE && !field.omitsNorms()),
                    field.hasTermVectors(),
                    field.getDocValuesType(),
                    field.getPointDimensionCount(),
                    field.getPointNumBytes());
        }

        static Shape of(IndexableFieldType type) {
            return new Shape(
                    type.indexOptions(),
                    type.indexOptions() != IndexOptions.NONE && !type.omitNorms(),
                    type.storeTermVectors(),
                    type.docValuesType(),
                    type.pointDimensionCount(),
                    type.pointNumBytes());
        }

        /** Of a field that is added to a document in two ways. */
        Shape and(Shape other) {
            return new Shape(
                    terms == IndexOptions.NONE ? other.terms : terms,
                    norms || other.norms,
                    vectors || other.vectors,
                    values == DocValuesType.NONE ? other.values : values,
                    Math.max(points, other.points),
                    Math.max(pointBytes, other.pointBytes));
        }
    }

    private static final String ANY_METADATA = "*";

    /** How each field of ours is indexed; those of metadata under the name {@value #ANY_METADATA}. */
    private static final Map<String, Shape> SHAPES = shapes();

    private static Map<String, Shape> shapes() {
        var shapes = new HashMap<String, Shape>();
        for (Document document : ChunkSchema.examples(ANY_METADATA)) {
            for (IndexableField field : document) {
                shapes.merge(field.name(), Shape.of(field.fieldType()), Shape::and);
            }
        }
        return shapes;
    }

    private static Shape shape(String field) throws IOException {
        String known = field.startsWith(ChunkSchema.terms(""))
                ? ChunkSchema.terms(ANY_METADATA)
                : field.startsWith(ChunkSchema.points("")) ? ChunkSchema.points(ANY_METADATA) : field;
        Shape shape = SHAPES.get(known);
        if (shape == null) {
            throw new IOException("field '%s' is none of a collection's".formatted(field));
        }
        return shape;
    }

    private void requireOurs(FieldInfo field) throws IOException {
        if (!Shape.of(field).equals(shape(field.name))) {
            throw new IOException(
                    "field '%s' must have %s: %s".formatted(field.name, shape(field.name), Shape.of(field)));
        }
        boolean vector = field.name.equals(ChunkSchema.VECTOR);
        int dimensions = vector ? manifest.embedder().dimensions() : 0;
        if (field.getVectorDimension() != dimensions) {
            throw new IOException("field '%s' must have vectors of %d dimensions: %d"
                    .formatted(field.name, dimensions, field.getVectorDimension()));
        }
        if (vector
                && (field.getVectorEncoding() != VectorEncoding.FLOAT32
                        || field.getVectorSimilarityFunction() != CollectionCodec.SIMILARITY)) {
            throw new IOException("vectors must be FLOAT32 compared by %s: %s compared by %s"
                    .formatted(
                            CollectionCodec.SIMILARITY,
                            field.getVectorEncoding(),
                            field.getVectorSimilarityFunction()));
        }
    }

    /**
     * Commits the same documents under another generation, durably, and without parts of documents that are coming.
     *
     * @param coming documents of which parts came here or where this index is to go, see {@link StoredDocuments#coming}
     */
    public void commitAs(long generation, Map<String, Integer> coming) throws IOException {
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        try (Directory directory = new MMapDirectory(folder);
                Analyzer analyzer = manifest.analyzer().orElseThrow()) {
            var types = CommitRecord.of(SegmentInfos.readLatestCommit(directory).getUserData())
                    .metadataTypes();
            IndexWriterConfig config = WriterSession.config(analyzer, codec)
                    .setOpenMode(IndexWriterConfig.OpenMode.APPEND)
                    .setMergePolicy(NoMergePolicy.INSTANCE);
            try (var writer = new IndexWriter(directory, config)) {
                DocumentParts.lose(writer, coming, Instant.now());
                writer.setLiveCommitData(
                        new CommitRecord(generation, types).userData().entrySet());
                writer.commit();
            }
        }
    }
}
