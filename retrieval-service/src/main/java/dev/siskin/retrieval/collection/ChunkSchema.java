package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Chunk;
import dev.siskin.api.Json;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
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
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * The fields of the index. A document of ours is one block of Lucene documents, added and replaced atomically: its
 * chunks in order, then its <em>header</em>. Segments are never sorted, so a block stays together.
 *
 * <table>
 *   <caption>Version 1</caption>
 *   <tr><th>field</th><th>on</th><th>kind</th><th>holds</th></tr>
 *   <tr><td>{@value #ID}</td><td>both</td><td>term, binary doc value</td><td>the document's id</td></tr>
 *   <tr><td>{@value #HEADER_ID}</td><td>header</td><td>term</td><td>the document's id: lists documents in order</td></tr>
 *   <tr><td>{@value #KIND}</td><td>both</td><td>term</td><td>{@code header} or {@code chunk}: counts</td></tr>
 *   <tr><td>{@value #CONTENT_HASH}</td><td>header</td><td>binary doc value</td><td>UTF-8; absent where none was sent</td></tr>
 *   <tr><td>{@value #TITLE}, {@value #URI}, {@value #METADATA}, {@value #CHUNKS}</td><td>header</td><td>stored</td>
 *       <td>as sent; metadata as JSON; number of chunks</td></tr>
 *   <tr><td>{@value #STAMP}</td><td>header</td><td>numeric doc value</td><td>drawn anew by each write, kept by a copy;
 *       absent where an earlier release wrote</td></tr>
 *   <tr><td>{@value #ORDINAL}</td><td>chunk</td><td>numeric doc value</td><td>of the chunk within its document, from 0</td></tr>
 *   <tr><td>{@value #TO_HEADER}</td><td>chunk</td><td>numeric doc value</td><td>Lucene documents from here to the header</td></tr>
 *   <tr><td>{@value #TEXT}, {@value #CONTEXT}, {@value #HEADING}, {@value #PAGE}, {@value #START}, {@value #END}</td>
 *       <td>chunk</td><td>stored</td><td>as sent</td></tr>
 *   <tr><td>{@value #BODY}</td><td>chunk</td><td>text</td><td>title, context and text, analysed for BM25</td></tr>
 *   <tr><td>{@value #VECTOR}</td><td>chunk</td><td>vector</td><td>{@code [dimensions]}, unit length</td></tr>
 *   <tr><td>{@value #METADATA_NAMES}</td><td>both</td><td>term</td><td>names of the metadata fields it has</td></tr>
 *   <tr><td>{@code m:NAME}</td><td>both</td><td>term</td><td>values in the one spelling of {@link MetadataType#term}</td></tr>
 *   <tr><td>{@code r:NAME}</td><td>both</td><td>point</td><td>number as float64, date as microseconds since 1970</td></tr>
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

    /** The block of a document that is being written. */
    static List<Document> block(PreparedDocument document, Map<String, MetadataType> types) {
        return block(document, types, ThreadLocalRandom.current().nextLong());
    }

    /** The block of a document with the stamp of another copy of it. */
    static List<Document> block(PreparedDocument document, Map<String, MetadataType> types, long stamp) {
        var block = new ArrayList<Document>(document.chunks().size() + 1);
        for (int ordinal = 0; ordinal < document.chunks().size(); ordinal++) {
            block.add(chunk(document, ordinal, types));
        }
        Document header = header(document, types);
        header.add(new NumericDocValuesField(STAMP, stamp));
        block.add(header);
        return block;
    }

    private static Document chunk(PreparedDocument document, int ordinal, Map<String, MetadataType> types) {
        Chunk chunk = document.chunks().get(ordinal);
        Document fields = common(document, CHUNK, types);
        fields.add(new NumericDocValuesField(ORDINAL, ordinal));
        fields.add(new NumericDocValuesField(TO_HEADER, document.chunks().size() - ordinal));
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
        fields.add(new KnnFloatVectorField(VECTOR, document.vectors().get(ordinal), CollectionCodec.SIMILARITY));
        return fields;
    }

    private static Document header(PreparedDocument document, Map<String, MetadataType> types) {
        Document fields = common(document, HEADER, types);
        fields.add(new StringField(HEADER_ID, document.id(), Field.Store.NO));
        if (document.contentHash() != null) {
            fields.add(new BinaryDocValuesField(CONTENT_HASH, new BytesRef(document.contentHash())));
        }
        store(fields, TITLE, document.title());
        store(fields, URI, document.uri());
        fields.add(new StoredField(METADATA, json(document.metadata())));
        fields.add(new StoredField(CHUNKS, document.chunks().size()));
        return fields;
    }

    private static Document common(PreparedDocument document, String kind, Map<String, MetadataType> types) {
        var fields = new Document();
        fields.add(new StringField(ID, document.id(), Field.Store.NO));
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
