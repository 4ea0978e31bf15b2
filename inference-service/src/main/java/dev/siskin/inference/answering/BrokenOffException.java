package dev.siskin.inference.answering;

import dev.siskin.inference.citing.CitedSentence;
import java.util.List;

/** An answer ended after its first sentences had been given out, so that no other tier may go on. */
public final class BrokenOffException extends RuntimeException {
    private final transient List<CitedSentence> sentences;

    BrokenOffException(RuntimeException cause, List<CitedSentence> sentences) {
        super(cause.getMessage(), cause, false, false);
        this.sentences = List.copyOf(sentences);
    }

    /** The sentences that were given out. */
    public List<CitedSentence> sentences() {
        return sentences;
    }
}
