package dev.siskin.http;

/** No answer came from a service: nothing listens, the connection broke, or the time given ran out. */
public final class ServiceUnreachableException extends RuntimeException {
    private final boolean timedOut;

    ServiceUnreachableException(String message, boolean timedOut, Throwable cause) {
        super(message, cause);
        this.timedOut = timedOut;
    }

    /** Whether the time ran out, rather than the connection failing. */
    public boolean timedOut() {
        return timedOut;
    }
}
