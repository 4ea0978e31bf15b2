package dev.siskin.retrieval.search;

import dev.siskin.embedding.Embedder;
import java.util.concurrent.atomic.AtomicBoolean;

/** An embedding model that stays loaded until this is closed; from {@link Embedders}. For any thread. */
public final class ModelLease implements AutoCloseable {
    private final Embedder embedder;
    private final Runnable giveBack;
    private final AtomicBoolean given = new AtomicBoolean();

    ModelLease(Embedder embedder, Runnable giveBack) {
        this.embedder = embedder;
        this.giveBack = giveBack;
    }

    /** Closed by its pool, never by who leased it. */
    public Embedder embedder() {
        return embedder;
    }

    /** Gives it back; a second call does nothing. */
    @Override
    public void close() {
        if (given.compareAndSet(false, true)) {
            giveBack.run();
        }
    }
}
