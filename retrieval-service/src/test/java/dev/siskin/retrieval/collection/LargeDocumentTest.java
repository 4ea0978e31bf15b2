package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
        WriteBatch batch = collection.begin();
        batch.put(PreparedDocument.of(part, 2, _ -> new float[2]), DocumentLine.of(part));
        batch.commit();
    }

    private static void copy(Snapshot live, SuccessorIndex next) throws IOException {
        var stored = new StoredDocuments(live);
        Document first = stored.document("large").orElseThrow();
        Document rest = stored.document("large", PreparedDocument.MAX_CHUNKS).orElseThrow();
        PreparedDocument.PassageEmbedder embedder = _ -> new float[] {0, 1};
        next.put(live, PreparedDocument.of(first, 2, embedder), 0, false);
        next.put(live, PreparedDocument.of(rest, 2, embedder), PreparedDocument.MAX_CHUNKS, true);
    }

    @Test
    void documentCopiedPieceByPiece_isTheSameDocument() throws Exception {
        var key = new CollectionKey("default", "docs");
        CollectionManifest manifest = CollectionManifest.of(
                "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH);
        try (Collections collections = Collections.open(data)) {
            collections.create(key, manifest);
            try (Collection collection = collections.get(key)) {
                write(collection, part(0, true));
                write(collection, part(1, false));
                collections.replace(key, 0, (open, home, least) -> {
                    Path folder = home.resolve(CollectionManifest.nextIndex(home));
                    try (SuccessorIndex next = collections.openSuccessor(folder, manifest);
                            Snapshot live = open.orElseThrow().snapshot()) {
                        for (int pass = 0; pass < 2; pass++) {
                            assertThat(next.compare(live, Optional.empty(), 10).changed())
                                    .hasSize(pass == 0 ? 1 : 0);
                            copy(live, next);
                        }
                        next.commit(least, live.metadataTypes());
                    }
                    String name = folder.getFileName().toString();
                    return Optional.of(new Collections.Successor(manifest.at("docs", name), least));
                });
            }
            try (Collection collection = collections.get(key)) {
                try (Snapshot snapshot = collection.snapshot()) {
                    var stored = new StoredDocuments(snapshot);
                    assertThat(snapshot.documents()).isOne();
                    assertThat(snapshot.chunks()).isEqualTo(2 * CHUNKS_A_PART);
                    Document rest = stored.document("large", PreparedDocument.MAX_CHUNKS)
                            .orElseThrow();
                    assertThat(rest.chunks()).last().extracting(Chunk::start).isEqualTo(10 * (2 * CHUNKS_A_PART - 1));
                    assertThat(rest.contentHash()).isEqualTo("h");
                }
                WriteBatch batch = collection.begin();
                batch.delete("large");
                batch.commit();
                try (Snapshot snapshot = collection.snapshot()) {
                    assertThat(snapshot.reader().numDocs()).isZero();
                }
            }
        }
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

    @Test
    void documentOfLongChunks_isReadPieceByPieceOfBoundedText() throws Exception {
        var key = new CollectionKey("default", "docs");
        String text = "finch ".repeat(5_000);
        var chunks = new ArrayList<Chunk>();
        for (int i = 0; i < 300; i++) {
            chunks.add(new Chunk(text, null, null, null, i, i + 1, new float[] {1, 0}));
        }
        try (Collections collections = Collections.open(data)) {
            collections.create(
                    key,
                    CollectionManifest.of(
                            "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH));
            Collection collection = collections.get(key);
            write(collection, new Document("large", null, null, "h", Map.of(), chunks, null));
            try (Snapshot snapshot = collection.snapshot()) {
                var stored = new StoredDocuments(snapshot);
                int read = 0;
                Document piece;
                do {
                    piece = stored.document("large", read).orElseThrow();
                    List<Chunk> some = Objects.requireNonNull(piece.chunks());
                    assertThat((some.size() - 1) * text.length()).isLessThan(StoredDocuments.PIECE_CHARACTERS);
                    assertThat(some).first().extracting(Chunk::start).isEqualTo(read);
                    read += some.size();
                } while (piece.more() != null);
                assertThat(read).isEqualTo(chunks.size());
            }
        }
    }
}
