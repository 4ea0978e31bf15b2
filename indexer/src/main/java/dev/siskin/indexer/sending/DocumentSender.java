package dev.siskin.indexer.sending;

import dev.siskin.api.DocumentResult;
import dev.siskin.http.ServiceException;
import dev.siskin.indexer.embedding.PendingDocument;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last stage: takes documents in the order they were split, waits for their vectors, and sends them in requests of a few
 * megabytes. What is under way between splitting and the service's answer is bounded by chunks: {@link #put} waits for
 * room. One thread runs {@link #run()}; another puts.
 */
public final class DocumentSender {
    /** Most bytes of a request: large enough to make requests rare, small enough to repeat one. */
    static final int MAX_REQUEST_BYTES = 4 * 1024 * 1024;

    /** Most lines of a request. */
    static final int MAX_REQUEST_LINES = 64;

    private static final int MAX_CHUNKS_UNDER_WAY = 1024;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration LINGER = Duration.ofSeconds(10);
    private static final String TRY_AGAIN = "run again; if it stays so, look into the retrieval-service's log";

    private final CollectionClient collection;
    private final Patience patience;
    private final RunProgress progress;
    private final StopSignal stop;
    private final BlockingQueue<PendingDocument> incoming = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(MAX_CHUNKS_UNDER_WAY);
    private final List<PendingDocument> documents = new ArrayList<>();
    private final List<byte[]> lines = new ArrayList<>();
    private volatile boolean complete;
    private int bytes;
    private int chunks;
    private long oldest;

    public DocumentSender(CollectionClient collection, Patience patience, RunProgress progress, StopSignal stop) {
        this.collection = collection;
        this.patience = patience;
        this.progress = progress;
        this.stop = stop;
    }

    /** Hands over a document; waits while too many chunks are under way. */
    public void put(PendingDocument document) throws InterruptedException {
        room.acquire(room(document));
        incoming.put(document);
    }

    /** A document with more chunks than may be under way goes alone. */
    private static int room(PendingDocument document) {
        return Math.min(document.size(), MAX_CHUNKS_UNDER_WAY);
    }

    /** Says that no further document will come. */
    public void complete() {
        complete = true;
    }

    /**
     * Sends until all documents are through, or until a stop is requested: then what is ready is sent and the rest dropped.
     *
     * @throws GaveUpException if the service stays away, or refuses to take any document
     */
    public void run() throws GaveUpException, InterruptedException {
        for (PendingDocument document = next(); document != null; document = next()) {
            add(document);
        }
        flush();
    }

    /** The next document with its vectors; null where there is none to come. */
    private @Nullable PendingDocument next() throws GaveUpException, InterruptedException {
        PendingDocument document = null;
        while (stop.reason().isEmpty()) {
            if (document == null) {
                boolean last = complete;
                document = incoming.poll(last ? 0 : TICK.toMillis(), TimeUnit.MILLISECONDS);
                if (document == null && last) {
                    return null;
                }
            }
            if (document != null && document.await(TICK)) {
                return document;
            }
            if (!lines.isEmpty() && System.nanoTime() - oldest > LINGER.toNanos()) {
                flush();
            }
        }
        return null;
    }

    private void add(PendingDocument document) throws GaveUpException, InterruptedException {
        if (document.failure().isPresent()) {
            fail(document, "cannot be embedded: " + document.failure().get().getMessage(), "run again, or report it");
            room.release(room(document));
            return;
        }
        var lineOrParts = new DocumentLines(document.complete());
        Optional<byte[]> whole = lineOrParts.whole();
        if (whole.isEmpty()) {
            flush();
            sendInParts(document, lineOrParts);
            return;
        }
        byte[] line = whole.get();
        if (bytes + line.length > MAX_REQUEST_BYTES) {
            flush();
        }
        oldest = lines.isEmpty() ? System.nanoTime() : oldest;
        documents.add(document);
        lines.add(line);
        bytes += line.length;
        chunks += document.size();
        // Half of the room is left for what is embedded meanwhile.
        if (lines.size() == MAX_REQUEST_LINES || chunks >= MAX_CHUNKS_UNDER_WAY / 2) {
            flush();
        }
    }

    /** A request a part; the last one shows the document. Who is stopped in between begins anew in the next run. */
    private void sendInParts(PendingDocument document, DocumentLines parts)
            throws GaveUpException, InterruptedException {
        try {
            while (parts.hasNext() && stop.reason().isEmpty()) {
                List<byte[]> part = List.of(parts.next());
                List<DocumentResult> results = patience.call(() -> collection.upsert(part));
                if (results.isEmpty()) {
                    fail(document, "the service did not answer for it", TRY_AGAIN);
                    return;
                }
                DocumentResult result = results.getFirst();
                if (!parts.hasNext() || result.status() == DocumentResult.Status.FAILED) {
                    count(document, result);
                    return;
                }
            }
        } catch (ServiceException refusal) {
            refused(List.of(document), List.of(), refusal);
        } finally {
            room.release(room(document));
        }
    }

    private void flush() throws GaveUpException, InterruptedException {
        if (lines.isEmpty()) {
            return;
        }
        try {
            send(List.copyOf(documents), List.copyOf(lines));
        } finally {
            documents.forEach(document -> room.release(room(document)));
            documents.clear();
            lines.clear();
            bytes = 0;
            chunks = 0;
        }
    }

    private void send(List<PendingDocument> sent, List<byte[]> body) throws GaveUpException, InterruptedException {
        List<DocumentResult> results;
        try {
            results = patience.call(() -> collection.upsert(body));
        } catch (ServiceException refusal) {
            refused(sent, body, refusal);
            return;
        }
        for (int i = 0; i < sent.size(); i++) {
            if (i < results.size()) {
                count(sent.get(i), results.get(i));
            } else {
                fail(sent.get(i), "the service did not answer for it", TRY_AGAIN);
            }
        }
    }

    /** A request refused as a whole is repeated line by line, so that it costs no more than the line that is at fault. */
    private void refused(List<PendingDocument> sent, List<byte[]> body, ServiceException refusal)
            throws GaveUpException, InterruptedException {
        boolean aboutTheBody = refusal.status() == 400 || refusal.status() == 413 || refusal.status() == 422;
        if (!aboutTheBody) {
            throw new GaveUpException("the service refuses documents for collection %s: %s"
                    .formatted(collection.name(), refusal.detail()));
        }
        if (sent.size() == 1) {
            fail(sent.getFirst(), refusal.detail(), TRY_AGAIN);
            return;
        }
        for (int i = 0; i < sent.size(); i++) {
            send(List.of(sent.get(i)), List.of(body.get(i)));
        }
    }

    private void count(PendingDocument document, DocumentResult result) {
        switch (result.status()) {
            case FAILED ->
                fail(document, result.error() == null ? "refused by the service" : result.error(), TRY_AGAIN);
            // Unchanged is what a repeated request finds of its first attempt.
            case CREATED, REPLACED, UNCHANGED -> stored(document);
        }
    }

    private void stored(PendingDocument document) {
        progress.stored(document.size());
        if (document.stored()) {
            progress.replaced();
        } else {
            progress.added();
        }
    }

    private void fail(PendingDocument document, String reason, String remedy) {
        progress.failed(new Failure(document.id(), reason, remedy));
    }
}
