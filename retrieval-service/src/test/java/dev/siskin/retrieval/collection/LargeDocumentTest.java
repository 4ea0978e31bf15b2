package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeDocumentTest {
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 2, 512, true, List.of());
    private static final int CHUNKS_A_PART = 3000;

    @TempDir
    Path data;

    private static Document part(int number, boolean more) {
        var chunks = new ArrayList<Chunk>();
        for (int i = number * CHUNKS_A_PART; i < (number + 1) * CHUNKS_A_PART; i++) {
            double angle = Math.PI * i / (2 * CHUNKS_A_PART);
            chunks.add(new Chunk("finch", null, null, null, 10 * i, 10 * i + 5, new float[] {
                (float) Math.cos(angle), (float) Math.sin(angle)
            }));
        }
        return new Document("large", null, null, "h", Map.of(), chunks, more);
    }

    private static void write(Collection collection, Document part) {
        byte[] line = (part.chunks() + "" + part.more()).getBytes(StandardCharsets.UTF_8);
        WriteBatch batch = collection.begin();
        batch.put(PreparedDocument.of(part, 2, _ -> new float[2]), DocumentLine.of(part, line));
        batch.commit();
    }

    @Test
    void documentOfMoreChunksThanAnAnswerHolds_isReadPieceByPiece() throws Exception {
        var key = new CollectionKey("default", "docs");
        try (Collections collections = Collections.open(data)) {
            collections.create(
                    key,
                    CollectionManifest.of(
                            "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH));
            Collection collection = collections.get(key);
            write(collection, part(0, true));
            write(collection, part(1, false));
            try (Snapshot snapshot = collection.snapshot()) {
                var stored = new StoredDocuments(snapshot);
                Document first = stored.document("large").orElseThrow();
                assertThat(first.chunks()).hasSize(PreparedDocument.MAX_CHUNKS);
                assertThat(first.more()).isTrue();
                Document rest =
                        stored.document("large", PreparedDocument.MAX_CHUNKS).orElseThrow();
                assertThat(rest.chunks()).hasSize(2 * CHUNKS_A_PART - PreparedDocument.MAX_CHUNKS);
                assertThat(rest.chunks().getFirst().start()).isEqualTo(10 * PreparedDocument.MAX_CHUNKS);
                assertThat(rest.more()).isNull();
            }
        }
    }
}
