package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.Hit;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Checks what a generator wrote for one answer against the passages of that answer, makes it readable and numbers what
 * supports it, in order of first use. One per answer; not thread-safe. Nothing in passages or drafts is interpreted.
 */
public final class Citer {
    private final List<Passage> passages;
    private final List<Citation> given = new ArrayList<>();
    private Optional<SupportCheck> check = Optional.empty();

    /** @param passages what the generator read, in the order that drafts count them */
    public Citer(List<Passage> passages) {
        this.passages = List.copyOf(passages);
    }

    /**
     * The sentence with its citations, or empty where no passage supports it. A quote has one citation. A sentence in
     * other words has one for each stretch that contributes, two at most, each quoting the stretch exactly.
     *
     * @throws IndexOutOfBoundsException where a quote lies outside of its passage
     */
    public Optional<CitedSentence> cite(Draft draft) {
        return switch (draft) {
            case Draft.Quote quote -> cite(quote);
            case Draft.Sentence sentence -> cite(sentence);
        };
    }

    /** The citations given so far, by their number. */
    public List<Citation> citations() {
        return Collections.unmodifiableList(given);
    }

    private Optional<CitedSentence> cite(Draft.Quote quote) {
        String text = passages.get(quote.passage()).text();
        Objects.checkFromToIndex(quote.start(), quote.end(), text.length());
        String sentence = Prose.of(text.substring(quote.start(), quote.end()));
        if (sentence.chars().noneMatch(Character::isLetterOrDigit)) {
            return Optional.empty();
        }
        return Optional.of(cited(sentence, List.of(new Stretch(quote.passage(), quote.start(), quote.end()))));
    }

    private Optional<CitedSentence> cite(Draft.Sentence draft) {
        String sentence = Prose.written(draft.text());
        List<Stretch> support = check().support(sentence, Prose.marked(draft.text(), passages.size()));
        return support.isEmpty() ? Optional.empty() : Optional.of(cited(sentence, support));
    }

    /** Made only for answers that need it: it reads every passage. */
    private SupportCheck check() {
        SupportCheck made = check.orElseGet(() -> new SupportCheck(passages, SupportRule.DEFAULT));
        check = Optional.of(made);
        return made;
    }

    private CitedSentence cited(String sentence, List<Stretch> support) {
        List<Citation> citations = support.stream()
                .map(this::citation)
                .sorted((a, b) -> Integer.compare(a.n(), b.n()))
                .toList();
        String marks =
                citations.stream().map(citation -> "[" + citation.n() + "]").collect(Collectors.joining());
        return new CitedSentence(sentence + " " + marks, citations);
    }

    private Citation citation(Stretch stretch) {
        Passage passage = passages.get(stretch.passage());
        Hit hit = passage.hit();
        int start = hit.start() + stretch.start();
        int end = hit.start() + stretch.end();
        for (Citation citation : given) {
            if (citation.documentId().equals(hit.documentId())
                    && citation.chunk() == hit.chunk()
                    && citation.start() == start
                    && citation.end() == end) {
                return citation;
            }
        }
        var citation = new Citation(
                given.size() + 1,
                hit.documentId(),
                hit.chunk(),
                hit.title(),
                hit.uri(),
                hit.page(),
                hit.heading(),
                start,
                end,
                passage.text().substring(stretch.start(), stretch.end()),
                hit.scores().cosine());
        given.add(citation);
        return citation;
    }
}
