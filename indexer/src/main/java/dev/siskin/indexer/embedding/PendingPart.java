package dev.siskin.indexer.embedding;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A document, or a part of a large one, on its way: split, then embedded chunk by chunk in any order by several threads,
 * then sent.
 */
public final class PendingPart {
    private final OutgoingDocument document;
    private final Document line;
    private final boolean isWithdrawal;
    private final List<Chunk> chunks;
    private final AtomicReferenceArray<float @Nullable []> vectors;
    private final CountDownLatch missing;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * Instead of further parts, that no more will come and those that were sent are to go.
     *
     * @param head the document as it was to be sent, without chunks
     */
    public static PendingPart withdrawal(OutgoingDocument document, Document head) {
        return new PendingPart(document, head, true);
    }

    /** @param line as it is to be sent, its chunks without vectors */
    public PendingPart(OutgoingDocument document, Document line) {
        this(document, line, false);
    }

    private PendingPart(OutgoingDocument document, Document line, boolean isWithdrawal) {
        this.isWithdrawal = isWithdrawal;
        this.document = document;
        this.line = line;
        this.chunks = line.chunks() == null ? List.of() : List.copyOf(line.chunks());
        this.vectors = new AtomicReferenceArray<>(chunks.size());
        this.missing = new CountDownLatch(chunks.size());
    }

    /** Which document it is of. */
    public OutgoingDocument document() {
        return document;
    }

    /** Whether it is no part, but says that the others are to go. */
    public boolean isWithdrawal() {
        return isWithdrawal;
    }

    /** Which version of the document it is of; empty where it has no content hash. */
    public Optional<DocumentVersion> version() {
        return Optional.ofNullable(line.contentHash()).map(hash -> new DocumentVersion(line.id(), hash));
    }

    /** Whether the document has no other part. */
    public boolean isWhole() {
        return line.part() == null;
    }

    /** Whether the document is stored when this is. */
    public boolean isLast() {
        return line.more() == null;
    }

    /** How many chunks there are. */
    public int size() {
        return chunks.size();
    }

    /** What is embedded of a chunk. */
    String textOf(int chunk) {
        return chunks.get(chunk).contextualText();
    }

    void embedded(int chunk, float[] vector) {
        vectors.set(chunk, vector);
        missing.countDown();
    }

    void failed(Throwable cause) {
        failure.compareAndSet(null, cause);
        missing.countDown();
    }

    /** Waits until every chunk has its vector, or failed; false where that takes longer than the time given. */
    public boolean await(Duration time) throws InterruptedException {
        return missing.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why a chunk could not be embedded, once {@link #await} said that all is done. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** The line with its vectors, once {@link #await} said that all is done and nothing failed. */
    public Document complete() {
        List<Chunk> complete = new ArrayList<>(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            complete.add(new Chunk(
                    chunk.text(),
                    chunk.context(),
                    chunk.heading(),
                    chunk.page(),
                    chunk.start(),
                    chunk.end(),
                    vectors.get(i)));
        }
        return new Document(
                line.id(),
                line.title(),
                line.uri(),
                line.contentHash(),
                line.metadata(),
                complete,
                line.more(),
                line.part());
    }
}
