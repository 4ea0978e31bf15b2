package dev.siskin.retrieval.collection;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

/**
 * A document that has been checked and can be stored: every chunk has a unit vector of the collection's dimensions.
 *
 * @param vectors {@code [chunks][dimensions]}, unit length, in the order of the chunks
 */
public record PreparedDocument(
        String id,
        @Nullable String title,
        @Nullable String uri,
        @Nullable String contentHash,
        Map<String, Object> metadata,
        List<Chunk> chunks,
        List<float[]> vectors) {
    /** Most UTF-16 units of title, uri, content hash, and of a chunk's heading and context, each. */
    static final int MAX_FIELD_CHARS = 8192;

    /** Most chunks of a line: all their vectors are on the heap at once. */
    static final int MAX_CHUNKS = 4096;

    /** Most UTF-16 units of a chunk's text. */
    static final int MAX_TEXT_CHARS = 32_768;

    /** Makes a vector of a chunk that came without one. */
    @FunctionalInterface
    public interface PassageEmbedder {
        /** {@code [dimensions]}; throws {@link InvalidDocumentException} where this text cannot be embedded. */
        float[] embed(String contextualText);
    }

    /**
     * Checks a document as it was sent, without its vectors.
     *
     * @throws InvalidDocumentException naming the field that is wrong
     */
    @SuppressWarnings("NullAway") // a record read from JSON may lack what its type promises
    public static void check(Document document) {
        requireId(document.id());
        requireShort("title", document.title());
        requireShort("uri", document.uri());
        requireShort("content_hash", document.contentHash());
        if (document.metadata() != null) {
            checkMetadata(document.metadata());
        }
        if (document.chunks() == null) {
            throw new InvalidDocumentException("chunks is missing; a document without text has \"chunks\":[]");
        }
        if (document.chunks().size() > MAX_CHUNKS) {
            throw new InvalidDocumentException(
                    "chunks may have at most %d elements: %d; send longer passages, or the document in parts under ids of their own"
                            .formatted(MAX_CHUNKS, document.chunks().size()));
        }
        for (int i = 0; i < document.chunks().size(); i++) {
            checkChunk(i, document.chunks().get(i));
        }
    }

    /** Throws {@link InvalidDocumentException} where the id is missing, too long or not Unicode. */
    @SuppressWarnings("NullAway")
    static void requireId(@Nullable String id) {
        if (id == null || id.isEmpty()) {
            throw new InvalidDocumentException("id is missing; it has 1 to " + Document.MAX_ID_BYTES + " UTF-8 bytes");
        }
        if (utf8Bytes("id", id) > Document.MAX_ID_BYTES) {
            throw new InvalidDocumentException(
                    "id may have at most %d UTF-8 bytes: %d".formatted(Document.MAX_ID_BYTES, utf8Bytes("id", id)));
        }
    }

    /**
     * Adds the vectors: those sent, brought to unit length, and new ones where none was sent.
     *
     * @throws InvalidDocumentException where a vector has other dimensions, is not finite or is zero
     */
    public static PreparedDocument of(Document document, int dimensions, PassageEmbedder embedder) {
        List<Chunk> chunks = document.chunks() == null ? List.of() : document.chunks();
        var vectors = new ArrayList<float[]>(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            float[] sent = chunk.vector();
            vectors.add(unit("chunk " + i, sent == null ? embedder.embed(chunk.contextualText()) : sent, dimensions));
        }
        return new PreparedDocument(
                document.id(),
                document.title(),
                document.uri(),
                document.contentHash(),
                document.metadata() == null ? Map.of() : document.metadata(),
                chunks,
                vectors);
    }

    /**
     * A copy of unit length.
     *
     * @throws InvalidDocumentException where the vector has other dimensions, is not finite or is zero
     */
    public static float[] unit(String what, float[] vector, int dimensions) {
        if (vector.length != dimensions) {
            throw new InvalidDocumentException("%s: the vector must have %d dimensions as the collection's: %d"
                    .formatted(what, dimensions, vector.length));
        }
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        if (!Double.isFinite(squares)) {
            throw new InvalidDocumentException(what + ": the vector holds a value that is not finite or too large");
        }
        if (squares < Float.MIN_NORMAL) {
            throw new InvalidDocumentException(what + ": the vector is zero, which has no direction");
        }
        return VectorUtil.l2normalize(vector.clone());
    }

    @SuppressWarnings("NullAway")
    private static void checkChunk(int ordinal, @Nullable Chunk chunk) {
        if (chunk == null || chunk.text() == null) {
            throw new InvalidDocumentException("chunk " + ordinal + ": text is missing");
        }
        int length = chunk.text().length();
        if (length > MAX_TEXT_CHARS) {
            throw new InvalidDocumentException(
                    "chunk %d: text may have at most %d characters: %d; cut it into more chunks"
                            .formatted(ordinal, MAX_TEXT_CHARS, length));
        }
        if (chunk.start() < 0 || chunk.end() - (long) chunk.start() != length) {
            throw new InvalidDocumentException(
                    "chunk %d: end - start must be the UTF-16 units of text, %d: start=%d, end=%d"
                            .formatted(ordinal, length, chunk.start(), chunk.end()));
        }
        requireShort("chunk " + ordinal + ": heading", chunk.heading());
        requireShort("chunk " + ordinal + ": context", chunk.context());
    }

    @SuppressWarnings("NullAway")
    private static void checkMetadata(Map<String, Object> metadata) {
        if (metadata.size() > Document.MAX_METADATA_FIELDS) {
            throw new InvalidDocumentException(
                    "metadata may have at most %d fields: %d".formatted(Document.MAX_METADATA_FIELDS, metadata.size()));
        }
        metadata.forEach((field, value) -> {
            if (field.isEmpty() || field.length() > 256) {
                throw new InvalidDocumentException(
                        "a metadata field's name has 1 to 256 characters: " + field.length());
            }
            List<?> values = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
            for (Object one : values) {
                if (one instanceof Number number && !Double.isFinite(number.doubleValue())) {
                    throw new InvalidDocumentException(
                            "metadata field '%s' may have a number of at most %s: %s; send a smaller one or a string"
                                    .formatted(field, Double.MAX_VALUE, number));
                }
                if (one instanceof String text
                        && utf8Bytes("metadata field '" + field + "'", text) > MetadataType.MAX_STRING_BYTES) {
                    throw new InvalidDocumentException(
                            "metadata field '%s' may have at most %d UTF-8 bytes in a string: %d"
                                    .formatted(field, MetadataType.MAX_STRING_BYTES, utf8Bytes(field, text)));
                }
            }
        });
    }

    private static void requireShort(String field, @Nullable String value) {
        if (value != null && value.length() > MAX_FIELD_CHARS) {
            throw new InvalidDocumentException("%s may have at most %d characters: %d; shorten it"
                    .formatted(field, MAX_FIELD_CHARS, value.length()));
        }
    }

    private static int utf8Bytes(String what, String text) {
        try {
            return StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(text))
                    .remaining();
        } catch (CharacterCodingException halfACharacter) {
            throw new InvalidDocumentException(what + " holds half of a surrogate pair, which is no character");
        }
    }
}
