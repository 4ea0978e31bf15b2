package dev.siskin.indexer.reading;

/** A file out of which no text could be had; its message says why, in one line. */
public final class UnreadableDocumentException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    public UnreadableDocumentException(String reason, String remedy) {
        super(reason, null, false, false);
        this.remedy = remedy;
    }

    /** What the user can do about it. */
    public String remedy() {
        return remedy;
    }
}
