package dev.siskin.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.siskin.api.Json;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Reads request bodies, never more than the route's cap, and writes those of answers. */
public final class JsonBody {
    static final String CAP_ATTRIBUTE = "siskin.body.cap";
    static final String BODY_ATTRIBUTE = "siskin.body.share";

    /** Set where the body ended early or its client fell silent: more of it is not waited for. */
    static final String BROKEN_ATTRIBUTE = "siskin.body.broken";

    /** Does not flush: what the connection's buffer holds whole (32 KiB) is sent with its length, in one writing. */
    private static final ObjectWriter WRITER = Json.MAPPER
            .writer()
            .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .without(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);

    /** Counts what is written, and hands on what a buffer behind it holds without sending anything. */
    private static final class Counted extends OutputStream {
        private final OutputStream out;
        private final int bufferBytes;
        private long bytes;

        Counted(OutputStream out, int bufferBytes) {
            this.out = out;
            this.bufferBytes = bufferBytes;
        }

        boolean isHeldWhole() {
            return bytes < bufferBytes;
        }

        @Override
        public void write(int b) throws IOException {
            bytes++;
            if (isHeldWhole()) {
                out.write(b);
            }
        }

        @Override
        public void write(byte[] some, int from, int length) throws IOException {
            bytes += length;
            if (isHeldWhole()) {
                out.write(some, from, length);
            }
        }
    }

    private JsonBody() {}

    /**
     * The body as a record; an empty body reads as an empty object.
     *
     * @throws ProblemException 400 naming the field, or 413
     */
    public static <T> T read(Context context, Class<T> type) {
        try (InputStream body = stream(context)) {
            byte[] bytes = body.readAllBytes();
            share(context).lowerTo(bytes.length);
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
            context.attribute(BROKEN_ATTRIBUTE, true);
            throw Problem.badRequest("the request body ended early");
        }
    }

    /**
     * Answers with the value as JSON, and returns when the client, or the buffers on the way to it, have all of it. What
     * the request's body takes of its budget is given back before: a client may read slowly. The length is announced, so
     * that a client knows what room to make; a longer value than the connection's buffer is written twice for it, the
     * first time to be counted.
     *
     * @param value writes the same JSON each time
     * @throws IOException where the client is gone
     */
    public static void send(Context context, Object value) throws IOException {
        giveBack(context);
        context.contentType(ContentKind.JSON.mediaType());
        try {
            var counted = new Counted(context.outputStream(), context.res().getBufferSize());
            WRITER.writeValue(counted, value);
            if (!counted.isHeldWhole()) {
                context.res().resetBuffer();
                context.res().setContentLengthLong(counted.bytes);
                WRITER.writeValue(context.outputStream(), value);
            }
        } catch (JsonProcessingException bug) {
            if (!context.res().isCommitted()) {
                context.res().resetBuffer();
            }
            throw new IllegalStateException("an answer cannot be written as JSON", bug);
        }
    }

    /** Gives back what the request's body takes of its budget: for answers that are sent in another way. */
    public static void giveBack(Context context) {
        share(context).giveBack();
    }

    private static BodyBudget.Share share(Context context) {
        BodyBudget.@Nullable Share share = context.attribute(BODY_ATTRIBUTE);
        return share == null ? BodyBudget.NOTHING : share;
    }

    /** The body as it comes; reading past the route's cap ends in a 413. */
    public static InputStream stream(Context context) {
        Long capBytes = context.attribute(CAP_ATTRIBUTE);
        return new CappedInputStream(context.bodyInputStream(), capBytes == null ? 0 : capBytes);
    }
}
