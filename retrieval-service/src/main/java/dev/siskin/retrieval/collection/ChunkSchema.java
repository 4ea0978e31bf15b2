package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Chunk;
import dev.siskin.api.Json;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * The fields of the index. A document of ours is one block of Lucene documents, added and replaced atomically: its
 * chunks in order, then its <em>header</em>. Segments are never sorted, so a block stays together.
 *
 * <p>A document that comes in parts is several blocks. All but the last are the chunks of a part and a <em>part</em>
 * document that says how far the document has come, hidden until the last block brings the header. They are told by the
 * token of {@link PartialDocument#token}, which stands for id and content hash, and have it as their term of the id, so
 * that a version that is still coming is not deleted together with the one it replaces.
 *
 * <table>
 *   <caption>Version 1</caption>
 *   <tr><th>field</th><th>on</th><th>kind</th><th>holds</th></tr>
 *   <tr><td>{@value #ID}</td><td>both</td><td>term, binary doc value</td>
 *       <td>the document's id; the term of what came in parts is the byte ff, which no id has, and its token</td></tr>
 *   <tr><td>{@value #HEADER_ID}</td><td>header</td><td>term</td><td>the document's id: lists documents in order</td></tr>
 *   <tr><td>{@value #KIND}</td><td>all</td><td>term</td><td>{@code header}, {@code chunk} or {@code part}: counts</td></tr>
 *   <tr><td>{@value #CONTENT_HASH}</td><td>header</td><td>binary doc value</td><td>UTF-8; absent where none was sent</td></tr>
 *   <tr><td>{@value #TITLE}, {@value #URI}, {@value #METADATA}, {@value #CHUNKS}</td><td>header</td><td>stored</td>
 *       <td>as sent; metadata as JSON; number of chunks</td></tr>
 *   <tr><td>{@value #STAMP}</td><td>header</td><td>numeric doc value</td><td>drawn anew by each write, kept by a copy;
 *       absent where an earlier release wrote</td></tr>
 *   <tr><td>{@value #ORDINAL}</td><td>chunk, part</td><td>numeric doc value</td>
 *       <td>of the chunk, or the part's last chunk, within its document, from 0</td></tr>
 *   <tr><td>{@value #TO_HEADER}</td><td>chunk</td><td>numeric doc value</td>
 *       <td>Lucene documents from here to the header; 0 where the document came in parts</td></tr>
 *   <tr><td>{@value #TEXT}, {@value #CONTEXT}, {@value #HEADING}, {@value #PAGE}, {@value #START}, {@value #END}</td>
 *       <td>chunk</td><td>stored</td><td>as sent</td></tr>
 *   <tr><td>{@value #BODY}</td><td>chunk</td><td>text</td><td>title, context and text, analysed for BM25</td></tr>
 *   <tr><td>{@value #VECTOR}</td><td>chunk</td><td>vector</td><td>{@code [dimensions]}, unit length</td></tr>
 *   <tr><td>{@value #METADATA_NAMES}</td><td>both</td><td>term</td><td>names of the metadata fields it has</td></tr>
 *   <tr><td>{@code m:NAME}</td><td>both</td><td>term</td><td>values in the one spelling of {@link MetadataType#term}</td></tr>
 *   <tr><td>{@code r:NAME}</td><td>both</td><td>point</td><td>number as float64, date as microseconds since 1970</td></tr>
 *   <tr><td>{@value #PARTS}</td><td>header</td><td>binary doc value</td><td>token of a document that came in parts: finds its chunks</td></tr>
 *   <tr><td>{@value #HIDDEN}</td><td>chunk, part</td><td>numeric doc value, updated</td>
 *       <td>1 until the last part has come, 0 from then on; absent where never hidden</td></tr>
 *   <tr><td>{@value #PART_OF}</td><td>part</td><td>term</td><td>the token: finds the parts that are here</td></tr>
 *   <tr><td>{@value #PART}, {@value #RECEIVED}</td><td>part</td><td>stored</td>
 *       <td>number of the part from 0; milliseconds since 1970</td></tr>
 *   <tr><td>{@value #DIGEST}, {@value #FIRST_START}, {@value #LAST_START}</td><td>part</td><td>stored</td>
 *       <td>{@link dev.siskin.api.PartDigest}; start of the document's first chunk and of its last one so far</td></tr>
 *   <tr><td>{@value #TITLE}, {@value #URI}, {@value #METADATA}, {@value #CHUNKS}</td><td>part</td><td>stored</td>
 *       <td>as on the header; chunks so far, 0 where the parts are lost</td></tr>
 * </table>
 */
public final class ChunkSchema {
    public static final String ID = "id";
    public static final String HEADER_ID = "header_id";
    public static final String KIND = "kind";
    public static final String HEADER = "header";
    public static final String CHUNK = "chunk";
    public static final String CONTENT_HASH = "content_hash";
    public static final String TITLE = "title";
    public static final String URI = "uri";
    public static final String METADATA = "metadata";
    public static final String CHUNKS = "chunks";
    public static final String STAMP = "stamp";
    public static final String ORDINAL = "ordinal";
    public static final String TO_HEADER = "to_header";
    public static final String TEXT = "text";
    public static final String CONTEXT = "context";
    public static final String HEADING = "heading";
    public static final String PAGE = "page";
    public static final String START = "start";
    public static final String END = "end";
    public static final String BODY = "body";
    public static final String VECTOR = "vector";
    public static final String METADATA_NAMES = "metadata_names";
    public static final String PARTIAL = "part";
    public static final String PARTS = "parts";
    public static final String HIDDEN = "hidden";
    public static final String PART_OF = "part_of";
    public static final String PART = "part";
    public static final String RECEIVED = "received";
    public static final String DIGEST = "digest";
    public static final String FIRST_START = "first_start";
    public static final String LAST_START = "last_start";

    private static final String LOST = "lost:";
    private static final byte NO_UTF_8 = (byte) 0xff;
    private static final long IS_HIDDEN = 1;
    private static final long IS_SHOWN = 0;

    /** Term saturation and length norm of BM25 as measured on SciFact: nDCG@10 .679. */
    public static final float BM25_K1 = 0.9f;

    public static final float BM25_B = 0.4f;

    private ChunkSchema() {}

    /** BM25 with the parameters above, for writing and searching alike. */
    public static Similarity similarity() {
        return new BM25Similarity(BM25_K1, BM25_B);
    }

    /** The field with the terms of a metadata field. */
    public static String terms(String metadataField) {
        return "m:" + metadataField;
    }

    /** The field with the points of a metadata field. */
    public static String points(String metadataField) {
        return "r:" + metadataField;
    }

    /**
     * What the keyword index sees of a chunk beside its text: the title, unless the context begins with it, and the
     * context.
     */
    public static String around(@Nullable String title, @Nullable String context) {
        if (context == null || context.isBlank()) {
            return title == null ? "" : title;
        }
        return title == null || context.startsWith(title) ? context : title + "\n" + context;
    }

    /** Matches what searches must not see: the parts of documents whose last part has not come. */
    static Query hidden() {
        return NumericDocValuesField.newSlowExactQuery(HIDDEN, IS_HIDDEN);
    }

    /** Matches the hidden chunks of a document that is coming. */
    static Query hiddenParts(String token) {
        return new BooleanQuery.Builder()
                .add(new TermQuery(inParts(token)), BooleanClause.Occur.FILTER)
                .add(hidden(), BooleanClause.Occur.FILTER)
                .build();
    }

    /** Matches the hidden parts of a document that is coming, from one on, by the ordinal of its first chunk. */
    static Query hiddenParts(String token, int firstChunk) {
        return new BooleanQuery.Builder()
                .add(hiddenParts(token), BooleanClause.Occur.FILTER)
                .add(
                        NumericDocValuesField.newSlowRangeQuery(ORDINAL, firstChunk, Long.MAX_VALUE),
                        BooleanClause.Occur.FILTER)
                .build();
    }

    /** Makes the hidden parts of a document visible with the next commit. */
    static long show(IndexWriter writer, String token) throws IOException {
        return writer.updateNumericDocValue(inParts(token), HIDDEN, IS_SHOWN);
    }

    /** The header of a document, and the chunks of one that came whole. */
    static Term whole(String id) {
        return new Term(ID, id);
    }

    /** The chunks of a document that came in parts, and what tells of its parts. */
    static Term inParts(String token) {
        return new Term(ID, idOfParts(token));
    }

    private static BytesRef idOfParts(String token) {
        byte[] ascii = token.getBytes(StandardCharsets.US_ASCII);
        byte[] id = new byte[ascii.length + 1];
        id[0] = NO_UTF_8;
        System.arraycopy(ascii, 0, id, 1, ascii.length);
        return new BytesRef(id);
    }

    /** The block of a document that came whole. One Lucene document of it is on the heap at a time. */
    static Iterable<Document> block(PreparedDocument document, Map<String, MetadataType> types) {
        return block(document, types, newStamp());
    }

    /** The block of a document with the stamp of another copy of it. */
    static Iterable<Document> block(PreparedDocument document, Map<String, MetadataType> types, long stamp) {
        int count = document.chunks().size();
        return () -> IntStream.rangeClosed(0, count)
                .mapToObj(i -> i == count ? header(document, count, types, stamp) : chunk(document, i, types))
                .iterator();
    }

    private static long newStamp() {
        return ThreadLocalRandom.current().nextLong();
    }

    /**
     * The hidden block of a part.
     *
     * @param partial the document with this part
     */
    static Iterable<Document> part(
            PreparedDocument part, PartialDocument partial, Map<String, MetadataType> types, Instant received) {
        int count = part.chunks().size();
        return () -> IntStream.rangeClosed(0, count)
                .mapToObj(i -> hidden(
                        i == count
                                ? partDocument(part, partial, received)
                                : chunkOfParts(part, i, partial.chunks() - count, partial.token(), types)))
                .iterator();
    }

    /**
     * The block that ends a document in parts: the last part's chunks and the header.
     *
     * @param before the document without this part
     */
    static Iterable<Document> lastPart(PreparedDocument part, PartialDocument before, Map<String, MetadataType> types) {
        return piece(part, before.chunks(), true, before.token(), types, newStamp());
    }

    /**
     * Lucene documents that together have every field of this schema.
     *
     * @param metadataField name of their metadata field, of every type in turn
     */
    static List<Document> examples(String metadataField) {
        var documents = new ArrayList<Document>();
        for (Object value : List.of("text", 1.0, true, "2000-01-01T00:00:00Z")) {
            var chunk = new Chunk("text", "context", "heading", 1, 0, 4, null);
            var document = new PreparedDocument(
                    "id", "title", "uri", "hash", Map.of(metadataField, value), List.of(chunk), List.of(new float[] {1
                    }));
            var types = Map.of(metadataField, MetadataType.of(value).orElseThrow());
            block(document, types).forEach(documents::add);
            var partial = new PartialDocument(
                    "token", "title", "uri", Map.of(), 0, List.of(new PartialDocument.Part("digest", 1, 0)));
            part(document, partial, types, Instant.EPOCH).forEach(documents::add);
            lastPart(document, partial, types).forEach(documents::add);
        }
        return documents;
    }

    private static Document hidden(Document fields) {
        fields.add(new NumericDocValuesField(HIDDEN, IS_HIDDEN));
        return fields;
    }

    private static Document partDocument(PreparedDocument part, PartialDocument partial, Instant received) {
        Document fields = common(part, PARTIAL, idOfParts(partial.token()), Map.of());
        fields.add(new StringField(PART_OF, partial.token(), Field.Store.YES));
        fields.add(new NumericDocValuesField(ORDINAL, partial.chunks() - 1));
        fields.add(new StoredField(PART, partial.parts().size() - 1));
        fields.add(new StoredField(RECEIVED, received.toEpochMilli()));
        fields.add(new StoredField(DIGEST, partial.parts().getLast().digest()));
        fields.add(new StoredField(FIRST_START, partial.firstStart()));
        fields.add(new StoredField(LAST_START, partial.lastStart()));
        storeHeader(fields, part, partial.chunks());
        return fields;
    }

    /**
     * What remembers a document whose parts are lost.
     *
     * @param firstStart start of its first chunk
     */
    static Document lostParts(String token, int firstStart, Instant received) {
        var fields = new Document();
        // Not the term of the document's chunks: one that is stored complete may have come in the same parts.
        fields.add(new StringField(ID, idOfParts(LOST + token), Field.Store.NO));
        fields.add(new BinaryDocValuesField(ID, new BytesRef(token))); // Lucene wants every field in one way everywhere
        fields.add(new StringField(KIND, PARTIAL, Field.Store.NO));
        fields.add(new StringField(PART_OF, token, Field.Store.YES));
        fields.add(new StoredField(PART, 0));
        fields.add(new StoredField(RECEIVED, received.toEpochMilli()));
        fields.add(new StoredField(FIRST_START, firstStart));
        fields.add(new StoredField(LAST_START, firstStart));
        fields.add(new StoredField(CHUNKS, 0));
        return hidden(fields);
    }

    /**
     * A piece of a document that is copied in several: some of its chunks, and the header after the last ones.
     *
     * @param chunksBefore in the pieces before
     * @param header whether this is the last piece
     */
    static Iterable<Document> piece(
            PreparedDocument piece,
            int chunksBefore,
            boolean header,
            String token,
            Map<String, MetadataType> types,
            long stamp) {
        int count = piece.chunks().size();
        return () -> IntStream.range(0, header ? count + 1 : count)
                .mapToObj(i -> i < count
                        ? chunkOfParts(piece, i, chunksBefore, token, types)
                        : headerOfParts(piece, chunksBefore + count, token, types, stamp))
                .iterator();
    }

    private static Document headerOfParts(
            PreparedDocument last, int chunks, String token, Map<String, MetadataType> types, long stamp) {
        Document header = header(last, chunks, types, stamp);
        header.add(new BinaryDocValuesField(PARTS, new BytesRef(token)));
        return header;
    }

    private static Document chunkOfParts(
            PreparedDocument part, int index, int chunksBefore, String token, Map<String, MetadataType> types) {
        Document fields = common(part, CHUNK, idOfParts(token), types);
        fields.add(new NumericDocValuesField(ORDINAL, chunksBefore + index));
        fields.add(new NumericDocValuesField(TO_HEADER, 0));
        return withContent(fields, part, index);
    }

    private static Document chunk(PreparedDocument document, int ordinal, Map<String, MetadataType> types) {
        Document fields = common(document, CHUNK, new BytesRef(document.id()), types);
        fields.add(new NumericDocValuesField(ORDINAL, ordinal));
        fields.add(new NumericDocValuesField(TO_HEADER, document.chunks().size() - ordinal));
        return withContent(fields, document, ordinal);
    }

    private static Document withContent(Document fields, PreparedDocument document, int index) {
        Chunk chunk = document.chunks().get(index);
        fields.add(new StoredField(TEXT, chunk.text()));
        store(fields, CONTEXT, chunk.context());
        store(fields, HEADING, chunk.heading());
        if (chunk.page() != null) {
            fields.add(new StoredField(PAGE, chunk.page()));
        }
        fields.add(new StoredField(START, chunk.start()));
        fields.add(new StoredField(END, chunk.end()));
        String around = around(document.title(), chunk.context());
        if (!around.isEmpty()) {
            fields.add(new TextField(BODY, around, Field.Store.NO));
        }
        fields.add(new TextField(BODY, chunk.text(), Field.Store.NO));
        fields.add(new KnnFloatVectorField(VECTOR, document.vectors().get(index), CollectionCodec.SIMILARITY));
        return fields;
    }

    private static Document header(PreparedDocument document, int chunks, Map<String, MetadataType> types, long stamp) {
        Document fields = common(document, HEADER, new BytesRef(document.id()), types);
        fields.add(new StringField(HEADER_ID, document.id(), Field.Store.NO));
        fields.add(new NumericDocValuesField(STAMP, stamp));
        if (document.contentHash() != null) {
            fields.add(new BinaryDocValuesField(CONTENT_HASH, new BytesRef(document.contentHash())));
        }
        storeHeader(fields, document, chunks);
        return fields;
    }

    private static void storeHeader(Document fields, PreparedDocument document, int chunks) {
        store(fields, TITLE, document.title());
        store(fields, URI, document.uri());
        fields.add(new StoredField(METADATA, json(document.metadata())));
        fields.add(new StoredField(CHUNKS, chunks));
    }

    private static Document common(
            PreparedDocument document, String kind, BytesRef term, Map<String, MetadataType> types) {
        var fields = new Document();
        fields.add(new StringField(ID, term, Field.Store.NO));
        fields.add(new BinaryDocValuesField(ID, new BytesRef(document.id())));
        fields.add(new StringField(KIND, kind, Field.Store.NO));
        document.metadata().forEach((name, value) -> {
            MetadataType type = types.get(name);
            if (type != null) {
                addMetadata(fields, name, type, value);
            }
        });
        return fields;
    }

    private static void addMetadata(Document fields, String name, MetadataType type, Object value) {
        fields.add(new StringField(METADATA_NAMES, name, Field.Store.NO));
        List<?> values = value instanceof List<?> list ? list : List.of(value);
        for (Object one : values) {
            type.term(one).ifPresent(term -> fields.add(new StringField(terms(name), term, Field.Store.NO)));
        }
        switch (type) {
            case NUMBER -> fields.add(new DoublePoint(points(name), ((Number) value).doubleValue()));
            case DATE ->
                MetadataType.micros(value).ifPresent(micros -> fields.add(new LongPoint(points(name), micros)));
            case STRING, BOOLEAN -> {}
        }
    }

    private static void store(Document fields, String name, @Nullable String value) {
        if (value != null) {
            fields.add(new StoredField(name, value));
        }
    }

    private static String json(Map<String, Object> metadata) {
        try {
            return Json.MAPPER.writeValueAsString(metadata);
        } catch (JsonProcessingException impossible) {
            throw new AssertionError("what was read from JSON can be written as JSON", impossible);
        }
    }
}
