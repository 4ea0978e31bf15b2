package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentPage;
import dev.siskin.api.DocumentVersion;
import dev.siskin.api.Json;
import dev.siskin.api.StandingParts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiBits;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/** Reads back what is stored in a snapshot. For one thread at a time. */
public final class StoredDocuments {
    private static final TypeReference<Map<String, Object>> METADATA = new TypeReference<>() {};

    /** Of a document at once, so that a large one is never on the heap whole: all that a line can hold. */
    static final int PIECE_CHARACTERS = 8 << 20;

    /** Documents in parts at once that an index switch remembers: some megabytes of heap. */
    private static final int MAX_COMING = 50_000;

    private final Snapshot snapshot;
    private final StoredFields fields;

    public StoredDocuments(Snapshot snapshot) throws IOException {
        this.snapshot = snapshot;
        this.fields = snapshot.reader().storedFields();
    }

    /**
     * A document's own fields.
     *
     * @param characters of title, uri and the metadata as JSON
     */
    public record Header(
            @Nullable String title, @Nullable String uri, Map<String, Object> metadata, int characters, int chunks) {}

    /** The stored content hash of a document; empty where it is not stored, or has none. */
    public Optional<String> contentHash(String id) throws IOException {
        return snapshot.find(id).flatMap(Snapshot.Found::contentHash);
    }

    /** The document with its first chunks, see {@link #document(String, int, LongConsumer)}. */
    public Optional<Document> document(String id) throws IOException {
        return document(id, 0);
    }

    /** The document with chunks from one on, see {@link #document(String, int, LongConsumer)}. */
    public Optional<Document> document(String id, int firstChunk) throws IOException {
        return document(id, firstChunk, _ -> {});
    }

    /**
     * The document with at most {@value PreparedDocument#MAX_CHUNKS} of its chunks, without vectors, and no further chunk
     * once those have {@value #PIECE_CHARACTERS} characters; empty where it is not stored. Where more follow it says so, as
     * a line of a document in parts does.
     *
     * @param firstChunk from which on
     * @param texts told of the characters of each chunk, as it is kept; it may refuse by throwing
     */
    public Optional<Document> document(String id, int firstChunk, LongConsumer texts) throws IOException {
        Optional<Snapshot.Found> found = snapshot.find(id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Header header = header(found.get().doc());
        texts.accept(header.characters());
        int[] docs = chunks(found.get(), header);
        int most = Math.min(docs.length, firstChunk + PreparedDocument.MAX_CHUNKS);
        var chunks = new ArrayList<Chunk>();
        int end = firstChunk;
        for (long characters = 0; end < most && characters < PIECE_CHARACTERS; end++) {
            Chunk chunk = chunk(docs[end]);
            texts.accept(chunk.characters());
            chunks.add(chunk);
            characters += chunk.characters();
        }
        return Optional.of(new Document(
                id,
                header.title(),
                header.uri(),
                found.get().contentHash().orElse(null),
                header.metadata(),
                chunks,
                end < docs.length ? true : null));
    }

    /** The chunks of a document in order, as Lucene documents; empty where it is not stored. */
    public int[] chunks(String id) throws IOException {
        Optional<Snapshot.Found> found = snapshot.find(id);
        return found.isEmpty()
                ? new int[0]
                : chunks(found.get(), header(found.get().doc()));
    }

    private int[] chunks(Snapshot.Found found, Header header) throws IOException {
        if (found.parts().isEmpty()) {
            return IntStream.range(found.doc() - header.chunks(), found.doc()).toArray();
        }
        int[] byOrdinal = new int[header.chunks()];
        var token = ChunkSchema.inParts(found.parts().get());
        for (LeafReaderContext leaf : snapshot.reader().leaves()) {
            NumericDocValues ordinals = leaf.reader().getNumericDocValues(ChunkSchema.ORDINAL);
            forEachLive(leaf, token, doc -> {
                if (ordinals == null || !ordinals.advanceExact(doc)) {
                    throw new IOException("a chunk lacks its ordinal: doc=" + (leaf.docBase + doc));
                }
                byOrdinal[Math.toIntExact(ordinals.longValue())] = leaf.docBase + doc;
            });
        }
        return byOrdinal;
    }

    /** The parts that are here of a version whose last part has not come; none where there are none, or they are lost. */
    public StandingParts standingParts(DocumentVersion version) throws IOException {
        return partial(PartialDocument.token(version.id(), version.contentHash()))
                .map(partial -> new StandingParts(
                        partial.chunks(),
                        partial.parts().stream()
                                .map(PartialDocument.Part::digest)
                                .toList()))
                .orElse(new StandingParts(0, List.of()));
    }

    /** The parts that are here of a document that is still coming. */
    Optional<PartialDocument> partial(String token) throws IOException {
        var parts = new TreeMap<Integer, org.apache.lucene.document.Document>();
        forEachLive(new Term(ChunkSchema.PART_OF, token), part -> {
            var stored = fields.document(part);
            parts.put(number(stored.getField(ChunkSchema.PART)), stored);
        });
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        var last = parts.lastEntry().getValue();
        boolean isLost = number(last.getField(ChunkSchema.CHUNKS)) == 0;
        var standing = new ArrayList<PartialDocument.Part>();
        for (var part : isLost ? List.<org.apache.lucene.document.Document>of() : parts.values()) {
            standing.add(new PartialDocument.Part(
                    String.valueOf(part.get(ChunkSchema.DIGEST)),
                    number(part.getField(ChunkSchema.CHUNKS)),
                    number(part.getField(ChunkSchema.LAST_START))));
        }
        return Optional.of(new PartialDocument(
                token,
                last.get(ChunkSchema.TITLE),
                last.get(ChunkSchema.URI),
                metadata(last.get(ChunkSchema.METADATA)),
                number(last.getField(ChunkSchema.FIRST_START)),
                List.copyOf(standing)));
    }

    /** Tells of every hidden part its document's token and when it came. */
    void forEachPart(BiConsumer<String, Instant> consumer) throws IOException {
        forEachLive(new Term(ChunkSchema.KIND, ChunkSchema.PARTIAL), doc -> {
            var stored = fields.document(doc);
            IndexableField received = stored.getField(ChunkSchema.RECEIVED);
            long millis = received == null ? 0 : received.numericValue().longValue();
            consumer.accept(String.valueOf(stored.get(ChunkSchema.PART_OF)), Instant.ofEpochMilli(millis));
        });
    }

    /** The documents that are still coming, by token: the start of the first chunk of each. */
    public Map<String, Integer> coming() throws IOException {
        var starts = new HashMap<String, Integer>();
        forEachLive(new Term(ChunkSchema.KIND, ChunkSchema.PARTIAL), doc -> {
            var stored = fields.document(doc, Set.of(ChunkSchema.PART_OF, ChunkSchema.FIRST_START));
            if (starts.size() >= MAX_COMING) {
                throw new IOException("more than %,d documents are coming in parts".formatted(MAX_COMING));
            }
            starts.put(
                    String.valueOf(stored.get(ChunkSchema.PART_OF)), number(stored.getField(ChunkSchema.FIRST_START)));
        });
        return starts;
    }

    @FunctionalInterface
    private interface DocConsumer {
        void accept(int doc) throws IOException;
    }

    private void forEachLive(Term term, DocConsumer consumer) throws IOException {
        for (LeafReaderContext leaf : snapshot.reader().leaves()) {
            forEachLive(leaf, term, doc -> consumer.accept(leaf.docBase + doc));
        }
    }

    private static void forEachLive(LeafReaderContext leaf, Term term, DocConsumer consumer) throws IOException {
        PostingsEnum postings = leaf.reader().postings(term, PostingsEnum.NONE);
        Bits live = leaf.reader().getLiveDocs();
        if (postings == null) {
            return;
        }
        for (int doc = nextLive(postings, live); doc != PostingsEnum.NO_MORE_DOCS; doc = nextLive(postings, live)) {
            consumer.accept(doc);
        }
    }

    /** The fields of a header, by its Lucene document. */
    public Header header(int doc) throws IOException {
        var stored = fields.document(doc);
        String title = stored.get(ChunkSchema.TITLE);
        String uri = stored.get(ChunkSchema.URI);
        String metadata = stored.get(ChunkSchema.METADATA);
        return new Header(
                title,
                uri,
                metadata(metadata),
                length(title) + length(uri) + length(metadata),
                number(stored.getField(ChunkSchema.CHUNKS)));
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** Has the disk read what is stored of a chunk, without waiting for it. */
    public void prefetch(int doc) throws IOException {
        fields.prefetch(doc);
    }

    /** A chunk without its vector, by its Lucene document. */
    public Chunk chunk(int doc) throws IOException {
        var stored = fields.document(doc);
        IndexableField page = stored.getField(ChunkSchema.PAGE);
        return new Chunk(
                String.valueOf(stored.get(ChunkSchema.TEXT)),
                stored.get(ChunkSchema.CONTEXT),
                stored.get(ChunkSchema.HEADING),
                page == null ? null : number(page),
                number(stored.getField(ChunkSchema.START)),
                number(stored.getField(ChunkSchema.END)),
                null);
    }

    /**
     * A page of documents in the order of their ids' UTF-8 bytes.
     *
     * @param cursor as an earlier page gave it; null for the first
     * @param prefix of the ids; empty for all
     * @throws RetrievalException where the cursor is none of ours: {@code MALFORMED}
     */
    public DocumentPage page(@Nullable String cursor, int limit, String prefix) throws IOException {
        var wanted = new BytesRef(prefix);
        var after = cursor == null ? null : decode(cursor);
        var entries = new ArrayList<DocumentPage.Entry>();
        Terms terms = MultiTerms.getTerms(snapshot.reader(), ChunkSchema.HEADER_ID);
        if (terms == null) {
            return new DocumentPage(List.of(), null);
        }
        Bits live = MultiBits.getLiveDocs(snapshot.reader());
        TermsEnum ids = terms.iterator();
        PostingsEnum postings = null;
        BytesRef id = seek(ids, after == null || after.compareTo(wanted) < 0 ? wanted : after);
        if (id != null && after != null && id.bytesEquals(after)) {
            id = ids.next();
        }
        String last = "";
        for (; id != null && StringHelper.startsWith(id, wanted); id = ids.next()) {
            postings = ids.postings(postings, PostingsEnum.NONE);
            int doc = nextLive(postings, live);
            if (doc == PostingsEnum.NO_MORE_DOCS) {
                continue;
            }
            if (entries.size() == limit) {
                return new DocumentPage(entries, encode(last));
            }
            last = id.utf8ToString();
            entries.add(entry(last, doc));
        }
        return new DocumentPage(entries, null);
    }

    private DocumentPage.Entry entry(String id, int doc) throws IOException {
        Header header = header(doc);
        return new DocumentPage.Entry(
                id, header.title(), header.uri(), contentHash(id).orElse(null), header.chunks());
    }

    private static @Nullable BytesRef seek(TermsEnum ids, BytesRef from) throws IOException {
        return ids.seekCeil(from) == TermsEnum.SeekStatus.END ? null : ids.term();
    }

    private static int nextLive(PostingsEnum postings, @Nullable Bits live) throws IOException {
        int doc = postings.nextDoc();
        while (doc != PostingsEnum.NO_MORE_DOCS && live != null && !live.get(doc)) {
            doc = postings.nextDoc();
        }
        return doc;
    }

    private static String encode(String id) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
    }

    private static BytesRef decode(String cursor) {
        try {
            return new BytesRef(Base64.getUrlDecoder().decode(cursor));
        } catch (IllegalArgumentException notOurs) {
            throw new RetrievalException(
                    RetrievalException.Kind.MALFORMED,
                    "cursor is not one that a page of documents gave: cursor=" + cursor,
                    notOurs);
        }
    }

    private static int number(@Nullable IndexableField field) throws IOException {
        Number value = field == null ? null : field.numericValue();
        if (value == null) {
            throw new IOException("a stored number is missing from the index");
        }
        return value.intValue();
    }

    private static Map<String, Object> metadata(@Nullable String json) throws IOException {
        try {
            return Json.MAPPER.readValue(json == null ? "{}" : json, METADATA);
        } catch (JsonProcessingException malformed) {
            throw new IOException("stored metadata is not JSON", malformed);
        }
    }
}
