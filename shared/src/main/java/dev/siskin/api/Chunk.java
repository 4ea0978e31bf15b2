package dev.siskin.api;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A passage of a document.
 *
 * @param text the slice {@code [start, end)} of the document's extracted text
 * @param context what is put before the text for embedding and search (heading path, table header)
 * @param heading nearest heading above
 * @param page one-based page, where the format has pages
 * @param start offset into the extracted text, UTF-16 units
 * @param end exclusive
 * @param vector {@code [dimensions]}, unit length; null = to be embedded by the service. On the wire an
 *     array of numbers or base64 of little-endian float32; written as base64.
 */
public record Chunk(
        String text,
        @Nullable String context,
        @Nullable String heading,
        @Nullable Integer page,
        int start,
        int end,

        @JsonSerialize(using = VectorJson.Writer.class) @JsonDeserialize(using = VectorJson.Reader.class)
        float @Nullable [] vector) {

    /** The text as the embedding model and the keyword index see it: the context, a line break, the text. */
    public String contextualText() {
        return context == null || context.isBlank() ? text : context + "\n" + text;
    }

    /** Of the text, its context and its heading. */
    public int characters() {
        return text.length() + (context == null ? 0 : context.length()) + (heading == null ? 0 : heading.length());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Chunk that
                && text.equals(that.text)
                && Objects.equals(context, that.context)
                && Objects.equals(heading, that.heading)
                && Objects.equals(page, that.page)
                && start == that.start
                && end == that.end
                && Arrays.equals(vector, that.vector);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text, context, heading, page, start, end);
    }
}
