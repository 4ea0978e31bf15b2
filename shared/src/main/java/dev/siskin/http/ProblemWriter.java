package dev.siskin.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** Turns a problem into the response, in the shape that its path asks for. */
final class ProblemWriter {
    static final String MEDIA_TYPE = "application/problem+json";

    private static final String SHAPE = "siskin.error.shape";

    private ProblemWriter() {}

    /** What the errors of this request look like from here on; problems, unless said. */
    static void use(Context context, ErrorShape shape) {
        context.attribute(SHAPE, shape);
    }

    static void write(Context context, ProblemException problem) {
        problem.retryAfterSeconds().ifPresent(seconds -> context.header("Retry-After", Long.toString(seconds)));
        if (problem.status() == 401) {
            context.header("WWW-Authenticate", "Bearer");
        }
        @Nullable ErrorShape asked = context.attribute(SHAPE);
        ErrorShape shape = asked == null ? ErrorShape.PROBLEM : asked;
        context.status(problem.status())
                .contentType(mediaType(shape))
                .result(body(shape, problem, HttpHostContext.requestId(context)));
    }

    static String mediaType(ErrorShape shape) {
        return shape == ErrorShape.OPENAI ? ContentKind.JSON.mediaType() : MEDIA_TYPE;
    }

    static byte[] body(ErrorShape shape, ProblemException problem, String requestId) {
        Object body = shape == ErrorShape.OPENAI ? OpenAiError.of(problem) : problem.toProblem(requestId);
        try {
            return Json.MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a problem is always writable", impossible);
        }
    }
}
