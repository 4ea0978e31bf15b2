package dev.siskin.inference.answering;

import dev.siskin.api.SearchResponse;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.citing.CitedSentence;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Tells a listener what it has not heard yet of an answer that the cache had, or that was made for somebody else. */
final class HeardSoFar implements AnswerListener {
    private final AnswerListener listener;
    private boolean found;
    private int sentences;

    HeardSoFar(AnswerListener listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void found(SearchResponse response) {
        found = true;
        listener.found(response);
    }

    @Override
    public synchronized void sentence(CitedSentence sentence) {
        sentences++;
        listener.sentence(sentence);
    }

    /** @param passages what the search had found, where that is still known */
    synchronized void catchUp(MadeAnswer answer, Supplier<Optional<SearchResponse>> passages) {
        if (!found) {
            passages.get().ifPresent(this::found);
        }
        List<CitedSentence> rest = answer.sentences();
        rest.subList(Math.min(sentences, rest.size()), rest.size()).forEach(this::sentence);
    }
}
