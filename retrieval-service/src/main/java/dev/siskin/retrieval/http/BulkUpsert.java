package dev.siskin.retrieval.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentResult;
import dev.siskin.api.DocumentResult.Status;
import dev.siskin.api.Json;
import dev.siskin.api.UpsertSummary;
import dev.siskin.embedding.EmbeddingException;
import dev.siskin.embedding.EmbeddingQueueFullException;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.DocumentLine;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.WriteBatch;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One bulk upsert: reads a line, stores its document, keeps what became of it, and acknowledges everything after the
 * commit. A line fails alone; a failed session or a full disk fails the request. One line is in memory at a time. For
 * one request.
 */
final class BulkUpsert implements AutoCloseable {
    /** Most lines of a request: what became of each is kept until the commit. */
    static final int MAX_LINES = 100_000;

    /** Most bytes of what is kept of them, which the longest ids would bring to 100 MB. */
    static final int MAX_ANSWER_BYTES = 8 << 20;

    /** Most ids of failed lines that are kept; with more, no document in parts goes on in the request. */
    private static final int MAX_FAILED_IDS = 1000;

    private final Collection collection;
    private final Embedders embedders;
    private final WorkPool pool;
    private final WorkPool commits;
    /** Leased by the first text that comes without a vector, to the end of the request. */
    private Optional<ModelLease> model = Optional.empty();

    private boolean askedForModel;

    private final WriteBatch batch;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private final Map<Status, Integer> counts = new EnumMap<>(Status.class);
    private final Set<String> failedIds = new HashSet<>();
    private boolean isUnknownLineFailed;

    /**
     * @param pool of the writes
     * @param commits runs commits alone
     */
    BulkUpsert(Collection collection, Embedders embedders, WorkPool pool, WorkPool commits) {
        this.collection = collection;
        this.embedders = embedders;
        this.pool = pool;
        this.commits = commits;
        this.batch = collection.begin();
    }

    /** Stores the documents and returns the answer's NDJSON, everything in it durable and visible. */
    byte[] run(InputStream body) throws IOException {
        var lines = new LineReader(body, Document.MAX_LINE_BYTES);
        int number = 0;
        for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                continue;
            }
            if (++number > MAX_LINES) {
                throw new RetrievalException(
                        RetrievalException.Kind.IMPOSSIBLE,
                        "a request may have at most " + MAX_LINES + " documents; send them in several");
            }
            tell(store(number, line));
        }
        // Waiting for a commit takes no thread of the pool, or no more would share one than it has threads. The commit
        // itself runs where nobody waits for one: it would stand in the queue behind those who wait for it.
        batch.commit(commit -> commits.run(() -> {
            commit.run();
            return collection;
        }));
        write(new UpsertSummary(
                collection.generation(),
                count(Status.CREATED),
                count(Status.REPLACED),
                count(Status.UNCHANGED),
                count(Status.FAILED)));
        return answer.toByteArray();
    }

    Map<Status, Integer> counts() {
        return counts;
    }

    private DocumentResult store(int number, LineReader.Line line) throws IOException {
        if (line.tooLong()) {
            return failed(null, "line %d: a line may have at most %d bytes".formatted(number, Document.MAX_LINE_BYTES));
        }
        Document document;
        try {
            document = Json.MAPPER.readValue(line.bytes(), Document.class);
        } catch (JsonProcessingException malformed) {
            return failed(idOf(line.bytes()), "line %d: %s".formatted(number, Json.explain(malformed)));
        }
        if (document == null) {
            return failed(null, "line %d: must be a JSON object, not null".formatted(number));
        }
        try {
            PreparedDocument.check(document);
            var place = DocumentLine.of(document);
            requireWholeSoFar(document, place);
            return new DocumentResult(document.id(), store(document, place), null);
        } catch (InvalidDocumentException invalid) {
            return failed(document.id(), String.valueOf(invalid.getMessage()));
        }
    }

    /** A part after one that failed in this request would leave a document with a hole. */
    private void requireWholeSoFar(Document document, DocumentLine line) {
        boolean isAfterAFailure = isUnknownLineFailed || failedIds.contains(document.id());
        if (isAfterAFailure && batch.continues(document.id(), document.contentHash(), line)) {
            throw new InvalidDocumentException(
                    "a part before this one failed; send it again, and then this one and those after it");
        }
    }

    private Status store(Document document, DocumentLine line) {
        if (pool.run(() -> batch.isKnown(document.id(), document.contentHash(), line))) {
            return Status.UNCHANGED;
        }
        PreparedDocument prepared =
                PreparedDocument.of(document, collection.manifest().embedder().dimensions(), this::embed);
        return pool.run(() -> batch.put(prepared, line));
    }

    private float[] embed(String text) {
        if (!askedForModel) {
            model = embedders.of(collection.manifest());
            askedForModel = true;
        }
        ModelLease lease = model.orElseThrow(() -> new InvalidDocumentException(
                "the collection's embedding model %s is not available here or has changed; send vectors"
                        .formatted(collection.manifest().spec().embeddingModel())));
        try {
            return lease.embedder().embedPassage(text).vector();
        } catch (EmbeddingQueueFullException full) {
            throw new RetrievalException(RetrievalException.Kind.UNAVAILABLE, String.valueOf(full.getMessage()), full);
        } catch (EmbeddingException failed) {
            throw new InvalidDocumentException(String.valueOf(failed.getMessage()));
        }
    }

    /** Gives the model back. */
    @Override
    public void close() {
        model.ifPresent(ModelLease::close);
    }

    private void tell(DocumentResult result) throws IOException {
        counts.merge(result.status(), 1, Integer::sum);
        write(result);
    }

    private void write(Object line) throws IOException {
        byte[] json = Json.MAPPER.writeValueAsBytes(line);
        if (answer.size() + json.length >= MAX_ANSWER_BYTES) {
            throw new RetrievalException(
                    RetrievalException.Kind.IMPOSSIBLE,
                    "the answer to a request may have at most " + MAX_ANSWER_BYTES
                            + " bytes, some hundred a document and its id; send them in several");
        }
        answer.write(json);
        answer.write('\n');
    }

    private int count(Status status) {
        return counts.getOrDefault(status, 0);
    }

    private DocumentResult failed(@Nullable String id, String error) {
        if (id == null || failedIds.size() == MAX_FAILED_IDS) {
            isUnknownLineFailed = true;
        } else {
            failedIds.add(id);
        }
        return new DocumentResult(id, Status.FAILED, error);
    }

    /** The id of a line that is wrong elsewhere; null where it cannot be read that far. */
    private static @Nullable String idOf(byte[] line) throws IOException {
        try (JsonParser json = Json.MAPPER.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isId = json.currentName().equals("id");
                JsonToken value = json.nextToken();
                if (isId) {
                    return value == JsonToken.VALUE_STRING ? json.getText() : null;
                }
                json.skipChildren();
            }
            return null;
        } catch (JsonProcessingException malformed) {
            return null;
        }
    }
}
