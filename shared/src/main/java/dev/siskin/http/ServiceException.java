package dev.siskin.http;

import java.util.OptionalLong;

/** A service answered with an error. */
public final class ServiceException extends RuntimeException {
    private final int status;
    private final String detail;
    private final transient OptionalLong retryAfterSeconds;

    ServiceException(int status, String detail, OptionalLong retryAfterSeconds) {
        super(detail, null, false, false);
        this.status = status;
        this.detail = detail;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** What the service said, one line. */
    public String detail() {
        return detail;
    }

    /** When the service asks to be tried again. */
    public OptionalLong retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
