package dev.siskin.http;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Ends a request with a problem; made by the factories of {@link Problem}. */
public final class ProblemException extends RuntimeException {
    /** Most characters of a detail: what a caller sent may be quoted in it. */
    static final int MAX_DETAIL_CHARS = 2_000;

    /** What would end the line, or change how a terminal shows it. */
    private static final Pattern CONTROLS =
            Pattern.compile("[\\p{Cntrl}\\x80-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]");

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
        super(oneLine(detail), null, false, false);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.detail = oneLine(detail);
        this.retryAfterSeconds = retryAfterSeconds;
        this.param = param;
    }

    private static String oneLine(String detail) {
        String cut = detail.length() > MAX_DETAIL_CHARS ? detail.substring(0, MAX_DETAIL_CHARS) + "…" : detail;
        return CONTROLS.matcher(cut).replaceAll("?");
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** What is told to the client, one line. */
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
