package dev.siskin.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * An error as the OpenAI-compatible routes send it, so that OpenAI's clients raise what their users expect.
 *
 * <p>Source: the error object of OpenAI's API reference.
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record OpenAiError(Body error) {
    /**
     * What went wrong.
     *
     * @param message what, the limit, the value given, the remedy: one line
     * @param type kind of error by its status, of OpenAI's names
     * @param param field of the request that is wrong, where it is one
     * @param code the problem's type without its prefix, stable, for programs
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Body(
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {}

    /** A problem in this shape. */
    public static OpenAiError of(ProblemException problem) {
        return new OpenAiError(new Body(
                problem.detail(), type(problem.status()), problem.param().orElse(null), problem.slug()));
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
