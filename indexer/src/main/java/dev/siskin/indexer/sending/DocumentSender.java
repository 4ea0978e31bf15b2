package dev.siskin.indexer.sending;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentResult;
import dev.siskin.api.DocumentVersion;
import dev.siskin.api.Json;
import dev.siskin.http.ServiceException;
import dev.siskin.indexer.embedding.PendingPart;
import dev.siskin.indexer.progress.Failure;
import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.StopSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last stage: takes documents and parts of large ones in the order they were split, waits for their vectors, and sends
 * them in requests of a few megabytes, a part of a large document in one of its own. What is under way between splitting and the service's answer is bounded by chunks: {@link #put} waits for
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
    private final String embedder;
    private final Patience patience;
    private final RunProgress progress;
    private final StopSignal stop;
    private final BlockingQueue<PendingPart> incoming = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(MAX_CHUNKS_UNDER_WAY);
    private final List<PendingPart> parts = new ArrayList<>();
    private final List<byte[]> lines = new ArrayList<>();
    private volatile boolean complete;
    private int bytes;
    private int chunks;
    private long oldest;

    /** @param embedder fingerprint id of the model that makes the vectors */
    public DocumentSender(
            CollectionClient collection, String embedder, Patience patience, RunProgress progress, StopSignal stop) {
        this.collection = collection;
        this.embedder = embedder;
        this.patience = patience;
        this.progress = progress;
        this.stop = stop;
    }

    /** Hands over a document or a part of one; waits while too many chunks are under way. */
    public void put(PendingPart part) throws InterruptedException {
        room.acquire(part.size());
        incoming.put(part);
    }

    /**
     * The digests of the parts that the service has of a document, in order: they need not be embedded and sent again.
     * Waits while the service is busy.
     *
     * @param head the document as it is to be sent, without chunks
     */
    public List<String> standing(Document head) throws InterruptedException {
        String hash = head.contentHash();
        if (hash == null) {
            return List.of();
        }
        try {
            return patience.call(() -> collection.standingParts(new DocumentVersion(head.id(), hash)))
                    .digests();
        } catch (ServiceException refusal) {
            // It may be of an earlier release. What else it has to say, it says of the first part.
            return List.of();
        } catch (GaveUpException away) {
            stop.request(new StopSignal.Reason(String.valueOf(away.getMessage()), false));
            throw new InterruptedException(away.getMessage());
        }
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
        for (PendingPart part = next(); part != null; part = next()) {
            add(part);
        }
        flush();
    }

    /** The next one with its vectors; null where there is none to come. */
    private @Nullable PendingPart next() throws GaveUpException, InterruptedException {
        PendingPart part = null;
        while (stop.reason().isEmpty()) {
            if (part == null) {
                boolean last = complete;
                part = incoming.poll(last ? 0 : TICK.toMillis(), TimeUnit.MILLISECONDS);
                if (part == null && last) {
                    return null;
                }
            }
            if (part != null && part.await(TICK)) {
                return part;
            }
            if (!lines.isEmpty() && System.nanoTime() - oldest > LINGER.toNanos()) {
                flush();
            }
        }
        return null;
    }

    private void add(PendingPart part) throws GaveUpException, InterruptedException {
        if (part.isWithdrawal()) {
            withdraw(part);
            return;
        }
        if (part.failure().isPresent()) {
            giveUp(
                    part,
                    "cannot be embedded: " + part.failure().get().getMessage(),
                    "run again, or report it",
                    Retry.TWICE);
        }
        if (part.document().isGivenUp()) {
            room.release(part.size());
            return;
        }
        byte[] line = line(part);
        if (!part.isWhole() || bytes + line.length > MAX_REQUEST_BYTES) {
            flush();
        }
        oldest = lines.isEmpty() ? System.nanoTime() : oldest;
        parts.add(part);
        lines.add(line);
        bytes += line.length;
        chunks += part.size();
        // Half of the room is left for what is embedded meanwhile.
        if (!part.isWhole() || lines.size() == MAX_REQUEST_LINES || chunks >= MAX_CHUNKS_UNDER_WAY / 2) {
            flush();
        }
    }

    /** A service of an earlier release keeps the parts for some days. */
    private void withdraw(PendingPart part) throws GaveUpException, InterruptedException {
        flush();
        Optional<DocumentVersion> version = part.version();
        if (version.isEmpty()) {
            return;
        }
        try {
            patience.call(() -> {
                collection.deleteParts(version.get());
                return true;
            });
        } catch (ServiceException refusal) {
            return;
        }
    }

    private static byte[] line(PendingPart part) {
        try {
            byte[] json = Json.MAPPER.writeValueAsBytes(part.complete());
            byte[] line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            return line;
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("not writable as JSON: " + unwritable.getOriginalMessage(), unwritable);
        }
    }

    private void flush() throws GaveUpException, InterruptedException {
        if (lines.isEmpty()) {
            return;
        }
        try {
            send(List.copyOf(parts), List.copyOf(lines));
        } finally {
            parts.forEach(part -> room.release(part.size()));
            parts.clear();
            lines.clear();
            bytes = 0;
            chunks = 0;
        }
    }

    private void send(List<PendingPart> sent, List<byte[]> body) throws GaveUpException, InterruptedException {
        List<DocumentResult> results;
        try {
            results = patience.call(() -> collection.upsert(embedder, body));
        } catch (ServiceException refusal) {
            refused(sent, body, refusal);
            return;
        }
        for (int i = 0; i < sent.size(); i++) {
            if (i < results.size()) {
                count(sent.get(i), results.get(i));
            } else {
                giveUp(sent.get(i), "the service did not answer for it", TRY_AGAIN, Retry.ALWAYS);
            }
        }
    }

    /** A request refused as a whole is repeated line by line, so that it costs no more than the line that is at fault. */
    private void refused(List<PendingPart> sent, List<byte[]> body, ServiceException refusal)
            throws GaveUpException, InterruptedException {
        boolean aboutTheBody = refusal.status() == 400 || refusal.status() == 413 || refusal.status() == 422;
        if (refusal.status() == 409) {
            // It was re-embedded, restored or created anew, and the vectors would pass for its own where they are as
            // long.
            throw new GaveUpException("collection %s has another embedding model since the run began: %s; run again"
                    .formatted(collection.name(), refusal.detail()));
        }
        if (!aboutTheBody) {
            throw new GaveUpException("the service refuses documents for collection %s: %s"
                    .formatted(collection.name(), refusal.detail()));
        }
        if (sent.size() == 1) {
            giveUp(sent.getFirst(), refusal.detail(), TRY_AGAIN, afterRefusal(sent.getFirst()));
            return;
        }
        for (int i = 0; i < sent.size(); i++) {
            send(List.of(sent.get(i)), List.of(body.get(i)));
        }
    }

    private void count(PendingPart part, DocumentResult result) {
        switch (result.status()) {
            case FAILED ->
                giveUp(
                        part,
                        result.error() == null ? "refused by the service" : result.error(),
                        TRY_AGAIN,
                        afterRefusal(part));
            // Unchanged is what a repeated request finds of its first attempt, and what is said of a part.
            case CREATED, REPLACED, UNCHANGED -> stored(part);
        }
    }

    private void stored(PendingPart part) {
        int all = part.document().arrived(part.size());
        if (part.isLast()) {
            progress.stored(all);
            progress.resumed(part.document().resumed());
            if (part.document().stored()) {
                progress.replaced();
            } else {
                progress.added();
            }
        }
    }

    /** What further parts of the document come is dropped; the next run goes on after those that the service has. */
    private static void giveUp(PendingPart part, String reason, String remedy, Retry retry) {
        part.document().giveUp(new Failure(part.document().id(), reason, remedy, retry));
    }

    /** A whole document is refused for what it is; a part may be for those before it, which a restored collection lacks. */
    private static Retry afterRefusal(PendingPart part) {
        return part.isWhole() ? Retry.NEVER : Retry.TWICE;
    }
}
