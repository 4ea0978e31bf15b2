package dev.siskin.http;

import java.util.OptionalLong;

/** Ends a request with a problem; made by the factories of {@link Problem}. */
public final class ProblemException extends RuntimeException {
    private final int status;
    private final String slug;
    private final String title;
    private final String detail;
    private final transient OptionalLong retryAfterSeconds;

    ProblemException(int status, String slug, String title, String detail, OptionalLong retryAfterSeconds) {
        super(detail, null, false, false);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.detail = detail;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** What is told to the client. */
    public String detail() {
        return detail;
    }

    /** Seconds after which another try may succeed, for {@code Retry-After}. */
    public OptionalLong retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** The body to send. */
    public Problem toProblem(String requestId) {
        return new Problem(Problem.TYPE_PREFIX + slug, title, status, detail, requestId);
    }
}
