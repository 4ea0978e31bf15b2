package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Indexes that another writer made: they must not go live where a search or a write would fail in them later. */
class StoredIndexTest {
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 1, 512, true, List.of());

    @TempDir
    Path folder;

    private StoredIndex.Content inspect(Iterable<Document> documents) throws IOException {
        try (var directory = new MMapDirectory(folder);
                var writer = new IndexWriter(directory, new IndexWriterConfig().setUseCompoundFile(true))) {
            writer.addDocuments(documents);
            writer.setLiveCommitData(new CommitRecord(1, Map.of()).userData().entrySet());
            writer.commit();
        }
        Files.deleteIfExists(folder.resolve("write.lock"));
        Set<String> files;
        try (Stream<Path> content = Files.list(folder)) {
            files = content.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
        var spec = new CollectionManifest.Spec("m", Quantization.INT4, "en");
        return new StoredIndex(folder, CollectionManifest.of("docs", spec, MODEL, Instant.EPOCH)).inspect(files);
    }

    static List<IndexableField> others() {
        return List.of(
                new BinaryDocValuesField(ChunkSchema.ORDINAL, new BytesRef("1")),
                new StringField(ChunkSchema.BODY, "without positions", StringField.Store.NO),
                new NumericDocValuesField(ChunkSchema.ID, 1),
                new IntPoint(ChunkSchema.points("year"), 1, 2),
                new IntPoint(ChunkSchema.points("year"), 1),
                new StringField(ChunkSchema.TITLE, "indexed", StringField.Store.NO),
                new StringField("unknown", "x", StringField.Store.NO));
    }

    @ParameterizedTest
    @MethodSource("others")
    void fieldOfAnotherKind_isNamed(IndexableField field) {
        var document = new Document();
        document.add(field);
        assertThatThrownBy(() -> inspect(List.of(document)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'" + field.name() + "'");
    }

    @Test
    void everyFieldOfOurs_isTaken() throws Exception {
        StoredIndex.Content content = inspect(ChunkSchema.examples("year"));
        assertThat(content.documents()).isPositive();
        assertThat(content.coming()).containsOnlyKeys("token");
    }
}
