package dev.siskin.inference;

import dev.siskin.api.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Hits for tests. */
public final class Hits {
    private Hits() {}

    /** A chunk at {@code start} of its document with the scores of the sentences named, in any order. */
    public static Hit hit(String document, int start, double cosine, String text, Map<String, Double> scores) {
        List<Hit.Highlight> highlights = new ArrayList<>();
        scores.forEach((sentence, score) -> {
            int at = text.indexOf(sentence);
            if (at < 0) {
                throw new IllegalArgumentException("no such sentence in the text: " + sentence);
            }
            highlights.add(new Hit.Highlight(start + at, start + at + sentence.length(), score));
        });
        return new Hit(
                document,
                3,
                cosine,
                new Hit.Scores(cosine, 9.5, cosine),
                new Hit.Ranks(1, 1),
                text,
                "Guide",
                "Queue",
                "The guide",
                "file:/guide.md",
                2,
                start,
                start + text.length(),
                null,
                highlights);
    }
}
