package dev.siskin.inference.answering;

import dev.siskin.api.SearchResponse;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedSentence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells a listener what it has not heard yet of an answer that the cache had, or that was made for somebody else. Of two
 * answers it tells one only: a making that was given up, but goes on for others, is not heard once another answer is told.
 */
final class HeardSoFar implements AnswerListener {
    private final AnswerListener listener;
    private final List<CitedSentence> heard = new ArrayList<>();
    private boolean found;
    private boolean settled;

    HeardSoFar(AnswerListener listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void found(SearchResponse response) {
        if (!settled) {
            found = true;
            listener.found(response);
        }
    }

    @Override
    public synchronized void sentence(CitedSentence sentence) {
        if (!settled) {
            heard.add(sentence);
            listener.sentence(sentence);
        }
    }

    /**
     * Tells the rest; nothing else is told from then on.
     *
     * @param passages what the search had found, where that is still known
     * @throws BrokenOffException where what was heard is of another answer
     */
    synchronized void catchUp(MadeAnswer answer, Supplier<Optional<SearchResponse>> passages) {
        settled = true;
        List<CitedSentence> all = answer.sentences();
        int told = heard.size();
        if (told > all.size() || !all.subList(0, told).equals(heard)) {
            throw new BrokenOffException(
                    new TooLateException("the answer was not complete in time: allow more time"), heard);
        }
        if (!found) {
            passages.get().ifPresent(listener::found);
        }
        all.subList(told, all.size()).forEach(listener::sentence);
    }
}
