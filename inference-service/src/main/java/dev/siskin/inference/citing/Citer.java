package dev.siskin.inference.citing;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.Hit;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the answer: every quoted sentence made readable, checked against its passage and numbered. One
 * citation a sentence; a sentence without support is left out.
 */
public final class Citer {

    /** @param quotes in the order of the answer; their hits index {@code passages} */
    public CitedText cite(List<Selection.Quote> quotes, List<Passage> passages) {
        var text = new StringBuilder();
        List<Citation> citations = new ArrayList<>();
        for (Selection.Quote quote : quotes) {
            Passage passage = passages.get(quote.hit());
            String exact = passage.text().substring(quote.start(), quote.end());
            String sentence = Prose.of(exact);
            if (SupportCheck.supports(passage.text(), sentence)) {
                int number = citations.size() + 1;
                citations.add(citation(number, passage.hit(), quote, exact));
                text.append(text.isEmpty() ? "" : " ")
                        .append(sentence)
                        .append(" [")
                        .append(number)
                        .append(']');
            }
        }
        return new CitedText(text.toString(), citations);
    }

    private static Citation citation(int number, Hit hit, Selection.Quote quote, String exact) {
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
