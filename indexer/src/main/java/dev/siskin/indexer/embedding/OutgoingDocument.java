package dev.siskin.indexer.embedding;

import dev.siskin.indexer.progress.Failure;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What the parts of a document on its way share: how many chunks went, and whether it is given up. Thread-safe. */
public final class OutgoingDocument {
    private final String id;
    private final boolean stored;
    private final Consumer<Failure> onFailure;
    private final AtomicInteger chunks = new AtomicInteger();
    private final AtomicInteger resumed = new AtomicInteger();
    private final AtomicBoolean givenUp = new AtomicBoolean();

    /**
     * A document of which no part has gone yet.
     *
     * @param stored whether the collection holds an older version
     * @param onFailure is told why it is given up, once
     */
    public OutgoingDocument(String id, boolean stored, Consumer<Failure> onFailure) {
        this.id = id;
        this.stored = stored;
        this.onFailure = onFailure;
    }

    public String id() {
        return id;
    }

    /** Whether the collection held the document before. */
    public boolean stored() {
        return stored;
    }

    /** Counts chunks that arrived; how many have by now. */
    public int arrived(int more) {
        return chunks.addAndGet(more);
    }

    /** Counts chunks that the service has already. */
    public void resume(int more) {
        resumed.addAndGet(more);
        chunks.addAndGet(more);
    }

    /** How many chunks the service had already. */
    public int resumed() {
        return resumed.get();
    }

    /** Says that no further part of it is of use; the first reason counts. */
    public void giveUp(Failure why) {
        if (givenUp.compareAndSet(false, true)) {
            onFailure.accept(why);
        }
    }

    public boolean isGivenUp() {
        return givenUp.get();
    }
}
