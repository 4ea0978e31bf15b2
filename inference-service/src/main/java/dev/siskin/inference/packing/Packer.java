package dev.siskin.inference.packing;

import dev.siskin.api.Hit;
import dev.siskin.inference.shaping.PlainText;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Fills a token budget with whole chunks, best first. A chunk is left out where its text was packed already,
 * where half of it or more lies inside a packed chunk of the same document, or where it does not fit; a
 * smaller one behind it still may. The best chunk is taken whatever its size: an answer needs one.
 */
public final class Packer {
    /** Neighbouring chunks overlap by a tenth by design; from this share on it is a repetition. */
    private static final double REPEATED = 0.5;

    /** @param budgetTokens estimated tokens the passages may have together */
    public Packed pack(List<Hit> hits, int budgetTokens) {
        List<Passage> passages = new ArrayList<>();
        Set<String> texts = new HashSet<>();
        int before = 0;
        int after = 0;
        for (Hit hit : hits) {
            String text = hit.text() == null ? "" : hit.text();
            int tokens = TokenEstimate.of(text);
            before += tokens;
            boolean fits = after + tokens <= budgetTokens || passages.isEmpty();
            if (tokens > 0 && fits && !repeats(hit, passages) && texts.add(PlainText.of(text))) {
                passages.add(new Passage(hit, text, tokens));
                after += tokens;
            }
        }
        return new Packed(passages, hits.size(), before, after);
    }

    private static boolean repeats(Hit hit, List<Passage> passages) {
        return passages.stream()
                .map(Passage::hit)
                .filter(packed -> packed.documentId().equals(hit.documentId()))
                .anyMatch(packed -> shared(packed, hit) >= REPEATED * (hit.end() - hit.start()));
    }

    private static int shared(Hit one, Hit other) {
        return Math.min(one.end(), other.end()) - Math.max(one.start(), other.start());
    }
}
