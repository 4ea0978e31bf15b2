package dev.siskin.indexer.embedding;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
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
 * A document on its way: split, then embedded chunk by chunk in any order by several threads, then sent.
 */
public final class PendingDocument {
    private final Document document;
    private final boolean stored;
    private final List<Chunk> chunks;
    private final AtomicReferenceArray<float @Nullable []> vectors;
    private final CountDownLatch missing;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * A document without vectors.
     *
     * @param document with its chunks
     * @param stored whether the collection holds an older version of it
     */
    public PendingDocument(Document document, boolean stored) {
        this.document = document;
        this.stored = stored;
        this.chunks = document.chunks() == null ? List.of() : List.copyOf(document.chunks());
        this.vectors = new AtomicReferenceArray<>(chunks.size());
        this.missing = new CountDownLatch(chunks.size());
    }

    public String id() {
        return document.id();
    }

    /** Whether the collection held the document before. */
    public boolean stored() {
        return stored;
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

    /** The document with its vectors, once {@link #await} said that all is done and nothing failed. */
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
                document.id(),
                document.title(),
                document.uri(),
                document.contentHash(),
                document.metadata(),
                complete,
                document.more());
    }
}
