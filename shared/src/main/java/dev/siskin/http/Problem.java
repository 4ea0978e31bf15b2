package dev.siskin.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An error on the wire (RFC 9457). The factories make the exceptions that handlers throw.
 *
 * @param type {@code urn:siskin:problem:…}, stable, for programs
 * @param detail what, the limit, the value given, the remedy: one line
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Problem(
        @Nullable String type,
        @Nullable String title,
        int status,
        @Nullable String detail,
        @Nullable String requestId) {
    static final String TYPE_PREFIX = "urn:siskin:problem:";

    /** 400: the request is malformed. */
    public static ProblemException badRequest(String detail) {
        return problem(400, "malformed", "Malformed request", detail);
    }

    /** 401: no key or a wrong one. */
    public static ProblemException unauthorized(String detail) {
        return problem(401, "unauthorized", "No valid key", detail);
    }

    /** 403: the key lacks the scope, or the request came from where it may not. */
    public static ProblemException forbidden(String detail) {
        return problem(403, "forbidden", "Not allowed", detail);
    }

    /** 404: not there, or not for this tenant. */
    public static ProblemException notFound(String detail) {
        return problem(404, "not-found", "Not found", detail);
    }

    /** 409: what exists differs from what was sent. */
    public static ProblemException conflict(String detail) {
        return problem(409, "conflict", "Conflict", detail);
    }

    /** 413: larger than the cap. */
    public static ProblemException tooLarge(String detail) {
        return problem(413, "too-large", "Too large", detail);
    }

    /** 415: not a content type this route reads. */
    public static ProblemException unsupportedMediaType(String detail) {
        return problem(415, "unsupported-media-type", "Unsupported content type", detail);
    }

    /** 422: well-formed but impossible. */
    public static ProblemException unprocessable(String detail) {
        return problem(422, "impossible", "Impossible request", detail);
    }

    /** 429: over the client's share. */
    public static ProblemException tooManyRequests(String detail, long retryAfterSeconds) {
        return new ProblemException(
                429, "rate-limited", "Too many requests", detail, OptionalLong.of(retryAfterSeconds));
    }

    /** 500: a fault of ours. */
    public static ProblemException internal() {
        return problem(
                500, "internal", "Internal error", "the service failed; its log has the cause under this request id");
    }

    /** 503: full or not ready for now. */
    public static ProblemException unavailable(String detail, long retryAfterSeconds) {
        return new ProblemException(
                503, "unavailable", "Not available now", detail, OptionalLong.of(retryAfterSeconds));
    }

    /** 504: the deadline passed with nothing in hand. */
    public static ProblemException deadlineExceeded(String detail) {
        return problem(504, "deadline", "Deadline exceeded", detail);
    }

    /** 507: the disk is full. */
    public static ProblemException diskFull(String detail) {
        return problem(507, "disk-full", "Disk full", detail);
    }

    private static ProblemException problem(int status, String slug, String title, String detail) {
        return new ProblemException(status, slug, title, detail, OptionalLong.empty());
    }
}
