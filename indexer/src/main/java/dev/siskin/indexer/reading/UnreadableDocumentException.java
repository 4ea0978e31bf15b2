package dev.siskin.indexer.reading;

/** A file out of which no text could be had; its message says why, in one line. */
public final class UnreadableDocumentException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;
    private final boolean mayPass;

    /** For a reason that stays until the file changes. */
    public UnreadableDocumentException(String reason, String remedy) {
        this(reason, remedy, false);
    }

    /** @param mayPass whether the same file may be readable later */
    public UnreadableDocumentException(String reason, String remedy, boolean mayPass) {
        super(reason, null, false, false);
        this.remedy = remedy;
        this.mayPass = mayPass;
    }

    /** Whether the same file may be readable later: permissions, a disk that is full, a system short of something. */
    public boolean mayPass() {
        return mayPass;
    }

    /** What the user can do about it. */
    public String remedy() {
        return remedy;
    }
}
