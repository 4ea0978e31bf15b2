package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import java.util.List;

/**
 * A sentence of an answer that passages support.
 *
 * @param text readable, with {@code [n]} behind it
 * @param citations what the numbers point at, at least one
 */
public record CitedSentence(String text, List<Citation> citations) {
    public CitedSentence {
        citations = List.copyOf(citations);
    }
}
