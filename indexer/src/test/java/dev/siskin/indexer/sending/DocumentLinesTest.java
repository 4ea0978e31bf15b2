package dev.siskin.indexer.sending;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DocumentLinesTest {
    private static Document document(int chunks, String text) {
        var all = new ArrayList<Chunk>();
        for (int i = 0; i < chunks; i++) {
            all.add(new Chunk(text, "Guide", null, null, i, i + text.length(), new float[] {1, 0}));
        }
        return new Document("docs/a", "Guide", "file:///a", "hash", Map.of("n", 1), all, null);
    }

    private static List<Document> sent(Document document) throws Exception {
        var sent = new ArrayList<Document>();
        var lines = new DocumentLines(document);
        Optional<byte[]> whole = lines.whole();
        Iterator<byte[]> all = whole.isPresent() ? List.of(whole.get()).iterator() : lines;
        while (all.hasNext()) {
            byte[] line = all.next();
            assertThat(line).hasSizeLessThanOrEqualTo(Document.MAX_LINE_BYTES).endsWith('\n');
            sent.add(Json.MAPPER.readValue(line, Document.class));
        }
        return sent;
    }

    @Test
    void document_thatFitsALine_isOne() throws Exception {
        assertThat(sent(document(0, ""))).hasSize(1);
        Document small = document(DocumentLines.MAX_CHUNKS, "short");
        assertThat(sent(small)).containsExactly(small);
    }

    @Test
    void document_withManyChunks_comesInNumberedParts() throws Exception {
        Document many = document(2 * DocumentLines.MAX_CHUNKS + 1, "short");
        List<Document> parts = sent(many);
        assertThat(parts).extracting(Document::part).containsExactly(0, 1, 2);
        assertThat(parts).extracting(Document::more).containsExactly(true, true, null);
        assertThat(parts).extracting(Document::contentHash).containsOnly("hash");
        assertThat(parts.getFirst().title()).isEqualTo("Guide");
        assertThat(parts.stream()
                        .flatMap(part -> Objects.requireNonNull(part.chunks()).stream())
                        .toList())
                .isEqualTo(many.chunks());
    }

    @Test
    void document_ofLongTexts_comesInPartsOfARequest() throws Exception {
        Document large = document(1_000, "\u0001".repeat(3_000));
        List<Document> parts = sent(large);
        assertThat(parts).hasSizeBetween(4, 6);
        assertThat(parts.stream()
                        .flatMap(part -> Objects.requireNonNull(part.chunks()).stream())
                        .toList())
                .isEqualTo(large.chunks());
    }
}
