package dev.siskin.inference.retrieval;

/** retrieval-service will not search this: no such collection, an impossible filter. Its own words. */
public final class SearchRefusedException extends RuntimeException {
    private final int status;

    SearchRefusedException(int status, String detail, Throwable cause) {
        super(detail, cause, false, false);
        this.status = status;
    }

    /** HTTP status it answered with, 400 to 499. */
    public int status() {
        return status;
    }
}
