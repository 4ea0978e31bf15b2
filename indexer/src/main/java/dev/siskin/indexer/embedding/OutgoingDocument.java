package dev.siskin.indexer.embedding;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What the parts of a document on its way share: how many chunks went, and whether it is given up. Thread-safe. */
public final class OutgoingDocument {
    private final String id;
    private final boolean stored;
    private final AtomicInteger chunks = new AtomicInteger();
    private final AtomicBoolean givenUp = new AtomicBoolean();

    /** @param stored whether the collection holds an older version */
    public OutgoingDocument(String id, boolean stored) {
        this.id = id;
        this.stored = stored;
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

    /** Says that no further part of it is of use; true the first time. */
    public boolean giveUp() {
        return givenUp.compareAndSet(false, true);
    }

    public boolean isGivenUp() {
        return givenUp.get();
    }
}
