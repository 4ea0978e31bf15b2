package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.Hit;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.packing.Passage;
import java.util.List;
import java.util.Optional;

/**
 * Checks and numbers the sentences of one answer: each is made readable and cites the passage that supports it; one
 * without support is left out. Not thread-safe.
 */
public final class Citer {
    private final List<Passage> passages;
    private int numbered;

    public Citer(List<Passage> passages) {
        this.passages = List.copyOf(passages);
    }

    /** The sentence with its citations; empty where no passage supports it. */
    public Optional<CitedSentence> cite(Draft draft) {
        return switch (draft) {
            case Draft.Quote quote -> cite(quote);
            case Draft.Sentence sentence -> Optional.empty();
        };
    }

    private Optional<CitedSentence> cite(Draft.Quote quote) {
        Passage passage = passages.get(quote.passage());
        String exact = passage.text().substring(quote.start(), quote.end());
        String sentence = Prose.of(exact);
        if (!SupportCheck.supports(passage.text(), sentence)) {
            return Optional.empty();
        }
        numbered++;
        return Optional.of(new CitedSentence(
                sentence + " [" + numbered + "]", List.of(citation(numbered, passage.hit(), quote, exact))));
    }

    private static Citation citation(int number, Hit hit, Draft.Quote quote, String exact) {
        return new Citation(
                number,
                hit.documentId(),
                hit.chunk(),
                hit.title(),
                hit.uri(),
                hit.page(),
                hit.heading(),
                hit.start() + quote.start(),
                hit.start() + quote.end(),
                exact,
                hit.scores().cosine());
    }
}
