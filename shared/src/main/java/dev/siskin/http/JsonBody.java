package dev.siskin.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies, never more than the route's cap. */
public final class JsonBody {
    static final String CAP_ATTRIBUTE = "siskin.body.cap";

    private JsonBody() {}

    /**
     * The body as a record; an empty body reads as an empty object.
     *
     * @throws ProblemException 400 naming the field, or 413
     */
    public static <T> T read(Context context, Class<T> type) {
        try (InputStream body = stream(context)) {
            byte[] bytes = body.readAllBytes();
            T value = Json.MAPPER.readValue(
                    bytes.length == 0 ? "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8) : bytes, type);
            if (value == null) {
                throw Problem.badRequest("the body must be a JSON object, not null");
            }
            return value;
        } catch (JsonProcessingException malformed) {
            ProblemException problem = Problem.badRequest(Json.explain(malformed));
            throw Json.field(malformed).map(problem::about).orElse(problem);
        } catch (IOException broken) {
            throw Problem.badRequest("the request body ended early");
        }
    }

    /** The body as it comes; reading past the route's cap ends in a 413. */
    public static InputStream stream(Context context) {
        Long capBytes = context.attribute(CAP_ATTRIBUTE);
        return new CappedInputStream(context.bodyInputStream(), capBytes == null ? 0 : capBytes);
    }
}
