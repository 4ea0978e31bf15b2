package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import java.util.List;

/**
 * Sentences with {@code [n]} behind each, and what the numbers point at.
 *
 * @param text empty where no sentence was supported
 */
public record CitedText(String text, List<Citation> citations) {
    public CitedText {
        citations = List.copyOf(citations);
    }
}
