package dev.siskin.retrieval.collection;

import java.util.function.LongSupplier;

/**
 * Gives back to the system what the heap has grown by and does not hold: the page cache can use it. A serial heap grows
 * rather than collect what is old, and shrinks in full collections alone. For one thread.
 */
final class HeapTrim {
    /** Growth for which a full collection is worth its pause, which grows with what is alive. */
    static final long WORTH_IT = 16L << 20;

    private final LongSupplier committed;
    private final Runnable collection;

    /** After the last collection. */
    private long trimmed;

    /**
     * @param committed bytes that the heap takes from the system
     * @param collection a full one
     */
    HeapTrim(LongSupplier committed, Runnable collection) {
        this.committed = committed;
        this.collection = collection;
        this.trimmed = committed.getAsLong();
    }

    /** Of this process. */
    static HeapTrim ofThisProcess() {
        return new HeapTrim(Runtime.getRuntime()::totalMemory, System::gc);
    }

    /**
     * Collects where the heap has grown since it was trimmed last, or something that held much of it has ended.
     *
     * @param hasEnded whether a merge has ended and none is under way
     */
    void trim(boolean hasEnded) {
        long now = committed.getAsLong();
        trimmed = Math.min(trimmed, now); // the JVM shrinks it too
        if (hasEnded || now - trimmed >= WORTH_IT) {
            collection.run();
            trimmed = committed.getAsLong();
        }
    }
}
