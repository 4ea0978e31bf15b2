package dev.siskin.retrieval.collection;

/** A request that cannot be done, and why in one line; what it becomes on the wire follows from its kind. */
public final class RetrievalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What stands in the way. */
    public enum Kind {
        /** There is no such collection or document for this tenant. */
        NOT_FOUND,
        /** The request says something that cannot be read. */
        MALFORMED,
        /** Well-formed, but can never be done. */
        IMPOSSIBLE,
        /** At odds with what there is. */
        CONFLICT,
        /** More bytes than a limit allows. */
        TOO_LARGE,
        /** Full or not ready for now. */
        UNAVAILABLE,
        /** The deadline passed with nothing in hand. */
        DEADLINE,
        /** No room on the disk. */
        DISK_FULL
    }

    private final Kind kind;

    public RetrievalException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public RetrievalException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
