package dev.siskin.http;

import java.util.Optional;
import java.util.OptionalLong;

/** Ends a request with a problem; made by the factories of {@link Problem}. */
public final class ProblemException extends RuntimeException {
    private final int status;
    private final String slug;
    private final String title;
    private final String detail;
    private final transient OptionalLong retryAfterSeconds;
    private final transient Optional<String> param;

    ProblemException(int status, String slug, String title, String detail, OptionalLong retryAfterSeconds) {
        this(status, slug, title, detail, retryAfterSeconds, Optional.empty());
    }

    private ProblemException(
            int status,
            String slug,
            String title,
            String detail,
            OptionalLong retryAfterSeconds,
            Optional<String> param) {
        super(detail, null, false, false);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.detail = detail;
        this.retryAfterSeconds = retryAfterSeconds;
        this.param = param;
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

    /** The same, naming the field that is wrong: OpenAI's clients look for it. */
    public ProblemException about(String field) {
        return new ProblemException(status, slug, title, detail, retryAfterSeconds, Optional.of(field));
    }

    /** The field that is wrong, where it is one and was named. */
    Optional<String> param() {
        return param;
    }

    /** The type without its prefix. */
    String slug() {
        return slug;
    }

    /** The body to send. */
    public Problem toProblem(String requestId) {
        return new Problem(Problem.TYPE_PREFIX + slug, title, status, detail, requestId);
    }
}
