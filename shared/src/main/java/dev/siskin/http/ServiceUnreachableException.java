package dev.siskin.http;

import org.jspecify.annotations.Nullable;

/** No usable answer came from a service: nothing listens, the connection broke, the time ran out, or it is garbage. */
public final class ServiceUnreachableException extends RuntimeException {
    private final Reason reason;

    /** What went wrong. */
    public enum Reason {
        /** Nobody takes the connection: the request was never sent. */
        NO_CONNECTION,
        /** The connection broke before the answer was whole. */
        BROKEN_OFF,
        /** The time given ran out. */
        TIMED_OUT,
        /** What came is not the contract. */
        NOT_THE_CONTRACT,
        /** What came has more bytes than are read. */
        TOO_LARGE,
        /** There was no room here to read what came. */
        NO_ROOM,
        /** The asking thread was interrupted. */
        INTERRUPTED
    }

    ServiceUnreachableException(String message, Reason reason, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What went wrong. */
    public Reason reason() {
        return reason;
    }

    /** Whether the time ran out, rather than the connection failing. */
    public boolean timedOut() {
        return reason == Reason.TIMED_OUT;
    }
}
