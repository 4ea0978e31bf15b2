package dev.siskin.inference.answering;

import dev.siskin.api.SearchResponse;
import dev.siskin.inference.citing.CitedSentence;

/** Hears of an answer while it is made. What a method throws ends the making. */
public interface AnswerListener {
    /** Hears nothing. */
    AnswerListener NONE = new AnswerListener() {
        @Override
        public boolean isLive() {
            return false;
        }

        @Override
        public void found(SearchResponse found) {}

        @Override
        public void sentence(CitedSentence sentence) {}
    };

    /** Whether anybody hears; where nobody does, an answer may be begun anew after its first sentence. */
    default boolean isLive() {
        return true;
    }

    /** What the search has found; once, before the first sentence. */
    void found(SearchResponse found);

    /** A sentence whose support has been checked. */
    void sentence(CitedSentence sentence);
}
