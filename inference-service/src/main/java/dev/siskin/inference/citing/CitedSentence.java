package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import java.util.List;

/**
 * A sentence of the answer that a passage supports.
 *
 * @param text      readable, with {@code [n]} behind it for each of its citations
 * @param citations at least one, by their number
 */
public record CitedSentence(String text, List<Citation> citations) {
    public CitedSentence {
        citations = List.copyOf(citations);
    }
}
