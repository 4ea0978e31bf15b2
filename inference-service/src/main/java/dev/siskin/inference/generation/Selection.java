package dev.siskin.inference.generation;

import java.util.List;

/** What the extractive tier found: sentences to quote, or the reason why it declines. */
public sealed interface Selection {

    /** The sentences: the best one first, the rest in reading order. */
    record Answered(List<Quote> quotes, AnswerSupport.Support support) implements Selection {
        public Answered {
            quotes = List.copyOf(quotes);
        }
    }

    record Declined(Reason reason, AnswerSupport.Support support) implements Selection {}

    /**
     * A sentence of a hit.
     *
     * @param hit   index into the hits given
     * @param start start in the hit's text, UTF-16 units
     * @param end   end, exclusive
     * @param score the selector's score; compares within one answer only
     */
    record Quote(int hit, int start, int end, double score) {}

    enum Reason {
        /** The search found nothing. */
        NO_HITS,
        /** What it found is too far from the question. */
        TOO_FAR,
        /** It is near, but no sentence bears on the question. */
        NO_SENTENCE
    }
}
