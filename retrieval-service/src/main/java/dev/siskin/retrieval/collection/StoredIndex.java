package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
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

    /** What an index holds. */
    public record Content(long generation, long documents, long chunks) {}

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
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                for (LeafReaderContext leaf : reader.leaves()) {
                    for (FieldInfo field : leaf.reader().getFieldInfos()) {
                        requireOurs(field);
                    }
                }
                var searcher = new IndexSearcher(reader);
                searcher.setQueryCache(null);
                long documents = searcher.count(new TermQuery(new Term(ChunkSchema.KIND, ChunkSchema.HEADER)));
                long chunks = searcher.count(new TermQuery(new Term(ChunkSchema.KIND, ChunkSchema.CHUNK)));
                return new Content(generation, documents, chunks);
            }
        }
    }

    private void requireOurs(FieldInfo field) throws IOException {
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

    /** Commits the same documents under another generation, durably. */
    public void commitAs(long generation) throws IOException {
        CollectionCodec codec = CollectionCodec.of(manifest.spec().quantization());
        try (Directory directory = new MMapDirectory(folder);
                Analyzer analyzer = manifest.analyzer().orElseThrow()) {
            var types = CommitRecord.of(SegmentInfos.readLatestCommit(directory).getUserData())
                    .metadataTypes();
            IndexWriterConfig config = WriterSession.config(analyzer, codec)
                    .setOpenMode(IndexWriterConfig.OpenMode.APPEND)
                    .setMergePolicy(NoMergePolicy.INSTANCE);
            try (var writer = new IndexWriter(directory, config)) {
                writer.setLiveCommitData(
                        new CommitRecord(generation, types).userData().entrySet());
                writer.commit();
            }
        }
    }
}
