package dev.siskin.inference.answering;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.Hit;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The ladder's last step: the passages found, each with its best sentence, and no answer. */
final class PassagesOnly {
    private static final int QUOTE_CHARACTERS = 300;

    private PassagesOnly() {}

    /** One sentence that points at all of them; none where nothing was found. */
    static List<CitedSentence> of(List<Passage> passages) {
        if (passages.isEmpty()) {
            return List.of();
        }
        var text = new StringBuilder("No answer was made; these passages come nearest:");
        List<Citation> citations = new ArrayList<>();
        for (Passage passage : passages) {
            int number = citations.size() + 1;
            citations.add(citation(number, passage));
            text.append(" [").append(number).append(']');
        }
        return List.of(new CitedSentence(text.toString(), citations));
    }

    private static Citation citation(int number, Passage passage) {
        Hit hit = passage.hit();
        int length = passage.text().length();
        Hit.Highlight best = hit.highlights().stream()
                .filter(one ->
                        hit.start() <= one.start() && one.start() < one.end() && one.end() <= hit.start() + length)
                .max(Comparator.comparingDouble(Hit.Highlight::score))
                .orElseGet(() -> new Hit.Highlight(hit.start(), hit.start() + cut(passage.text()), 0));
        return new Citation(
                number,
                hit.documentId(),
                hit.chunk(),
                hit.title(),
                hit.uri(),
                hit.page(),
                hit.heading(),
                best.start(),
                best.end(),
                passage.text().substring(best.start() - hit.start(), best.end() - hit.start()),
                hit.scores().cosine());
    }

    /** Whole words, and no half of a surrogate pair. */
    private static int cut(String text) {
        if (text.length() <= QUOTE_CHARACTERS) {
            return text.length();
        }
        int space = text.lastIndexOf(' ', QUOTE_CHARACTERS);
        int end = space > 0 ? space : QUOTE_CHARACTERS;
        return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
    }
}
