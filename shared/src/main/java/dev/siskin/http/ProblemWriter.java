package dev.siskin.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import io.javalin.http.Context;

/** Turns a problem into the response, in the shape of the route's errors. */
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
        boolean openAi = context.attribute(SHAPE) == ErrorShape.OPENAI;
        Object body = openAi ? OpenAiError.of(problem) : problem.toProblem(HttpHostContext.requestId(context));
        try {
            context.status(problem.status())
                    .contentType(openAi ? ContentKind.JSON.mediaType() : MEDIA_TYPE)
                    .result(Json.MAPPER.writeValueAsBytes(body));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a problem is always writable", impossible);
        }
    }
}
