package dev.siskin.inference.cache;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.AnswerResponse.Route;
import java.util.List;

/**
 * An answer without what belongs to one request only.
 *
 * @param tokensRetrieved estimated tokens of all chunks found
 * @param tokensRead estimated tokens of the chunks read
 * @param tokensWritten estimated tokens of the answer
 * @param generation of the index it was made from
 */
public record MadeAnswer(
        String text,
        boolean abstained,
        List<Citation> citations,
        Route route,
        int chunksRetrieved,
        int chunksUsed,
        int tokensRetrieved,
        int tokensRead,
        int tokensWritten,
        long generation) {
    public MadeAnswer {
        citations = List.copyOf(citations);
    }

    /** Whether it is all that the plan could give. */
    public boolean isWhole() {
        return route.degraded() == null;
    }
}
