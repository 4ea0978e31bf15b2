package dev.siskin.retrieval.collection;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A document that comes in parts, as far as it has come. Title, uri and metadata are the first part's. One whose parts
 * are {@linkplain #isLost lost} has no chunks and no digests: it is remembered so that no later part is taken for the
 * whole document.
 *
 * @param token stands for id and content hash
 * @param chunks of all parts that are here
 * @param firstStart start of the document's first chunk
 * @param lastStart start of its last chunk so far
 * @param digests of the lines of the parts, in order
 */
record PartialDocument(
        String token,
        @Nullable String title,
        @Nullable String uri,
        Map<String, Object> metadata,
        int chunks,
        int firstStart,
        int lastStart,
        List<String> digests) {

    /** What stands for a document's id and content hash: 64 hexadecimal digits. */
    static String token(String id, String contentHash) {
        return DocumentLine.sha256((id + '\0' + contentHash).getBytes(StandardCharsets.UTF_8));
    }

    /** A document of which this part is the first. */
    static PartialDocument first(String token, PreparedDocument part, DocumentLine line) {
        return new PartialDocument(
                token,
                part.title(),
                part.uri(),
                part.metadata(),
                part.chunks().size(),
                line.firstStart(),
                line.lastStart(),
                List.of(line.digest()));
    }

    /** Whether its parts went with an index that another one took the place of. */
    boolean isLost() {
        return chunks == 0;
    }

    int parts() {
        return digests.size();
    }

    String lastDigest() {
        return digests.getLast();
    }

    /** This document with one part more. */
    PartialDocument with(PreparedDocument part, DocumentLine line) {
        var more = new java.util.ArrayList<>(digests);
        more.add(line.digest());
        return new PartialDocument(
                token,
                title,
                uri,
                metadata,
                chunks + part.chunks().size(),
                firstStart,
                line.lastStart(),
                List.copyOf(more));
    }

    /**
     * The part with the title, uri and metadata of the first one.
     *
     * @throws InvalidDocumentException where the part says something else of them
     */
    PreparedDocument completed(PreparedDocument part) {
        requireSame("title", part.title(), title);
        requireSame("uri", part.uri(), uri);
        if (!part.metadata().isEmpty()) {
            requireSame("metadata", part.metadata(), metadata);
        }
        return new PreparedDocument(part.id(), title, uri, part.contentHash(), metadata, part.chunks(), part.vectors());
    }

    private static void requireSame(String field, @Nullable Object sent, @Nullable Object first) {
        if (sent != null && !sent.equals(first)) {
            throw new InvalidDocumentException(
                    "%s must be the first part's or be left out in later parts: %s, and the first part has %s"
                            .formatted(field, sent, first));
        }
    }
}
