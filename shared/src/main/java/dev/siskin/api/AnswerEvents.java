package dev.siskin.api;

import dev.siskin.api.AnswerResponse.Citation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code POST /v1/answers} sends with {@code stream}: the data of its events, beside {@link AnswerResponse}. */
public final class AnswerEvents {
    private AnswerEvents() {}

    /** Event {@code passages}: what the search has found, best first. */
    public record Passages(List<Passage> passages) {}

    /**
     * A passage that the answer may rest on. Citations name it by document and chunk; their own numbers count the
     * sentences.
     *
     * @param n rank, from 1
     * @param start of the text in the document's extracted text, UTF-16 units, half-open
     * @param score cosine; null where keyword search alone was used
     */
    public record Passage(
            int n,
            String documentId,
            int chunk,
            @Nullable String title,
            @Nullable String uri,
            @Nullable Integer page,
            @Nullable String heading,
            int start,
            int end,
            @Nullable String text,
            @Nullable Double score) {

        /** A hit as a passage. */
        public static Passage of(int n, Hit hit) {
            return new Passage(
                    n,
                    hit.documentId(),
                    hit.chunk(),
                    hit.title(),
                    hit.uri(),
                    hit.page(),
                    hit.heading(),
                    hit.start(),
                    hit.end(),
                    hit.text(),
                    hit.scores().cosine());
        }
    }

    /** Event {@code sentence}: its support has been checked. */
    public record Sentence(String text, List<Citation> citations) {}

    /**
     * Event {@code error}: nothing comes after it.
     *
     * @param problem as it would be without {@code stream}
     * @param answer the sentences that were sent
     */
    public record Failure(Object problem, String answer) {}
}
