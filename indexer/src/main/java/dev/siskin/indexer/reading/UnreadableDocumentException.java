package dev.siskin.indexer.reading;

import dev.siskin.indexer.progress.Retry;

/** A file out of which no text could be had; its message says why, in one line. */
public final class UnreadableDocumentException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;
    private final Retry retry;

    /** For a reason that stays until the file changes. */
    public UnreadableDocumentException(String reason, String remedy) {
        this(reason, remedy, Retry.NEVER);
    }

    /** @param retry whether the same file may be readable later */
    public UnreadableDocumentException(String reason, String remedy, Retry retry) {
        super(reason, null, false, false);
        this.remedy = remedy;
        this.retry = retry;
    }

    /** Whether the same file may be readable later. */
    public Retry retry() {
        return retry;
    }

    /** What the user can do about it. */
    public String remedy() {
        return remedy;
    }
}
