package dev.siskin.retrieval.collection;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A document that comes in parts, as far as it has come. Title, uri and metadata are the first part's. One whose parts
 * are {@linkplain #isLost lost} has none: it is remembered so that no later part is taken for the
 * whole document.
 *
 * @param token stands for id and content hash
 * @param firstStart start of the document's first chunk
 * @param parts those that are here, in order
 */
record PartialDocument(
        String token,
        @Nullable String title,
        @Nullable String uri,
        Map<String, Object> metadata,
        int firstStart,
        List<Part> parts) {

    /**
     * A part that is here.
     *
     * @param digest of its line
     * @param chunks of the document to the part's end
     * @param lastStart start of its last chunk
     */
    record Part(String digest, int chunks, int lastStart) {}

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
                line.firstStart(),
                List.of(new Part(line.digest(), part.chunks().size(), line.lastStart())));
    }

    /** Whether its parts went with an index that another one took the place of. */
    boolean isLost() {
        return parts.isEmpty();
    }

    /** Of all parts that are here. */
    int chunks() {
        return isLost() ? 0 : parts.getLast().chunks();
    }

    /** Start of its last chunk so far. */
    int lastStart() {
        return isLost() ? firstStart : parts.getLast().lastStart();
    }

    /** This document with its first parts only. */
    PartialDocument upTo(int count) {
        return new PartialDocument(token, title, uri, metadata, firstStart, List.copyOf(parts.subList(0, count)));
    }

    /** This document with one part more. */
    PartialDocument with(PreparedDocument part, DocumentLine line) {
        var more = new ArrayList<>(parts);
        more.add(new Part(line.digest(), chunks() + part.chunks().size(), line.lastStart()));
        return new PartialDocument(token, title, uri, metadata, firstStart, List.copyOf(more));
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
