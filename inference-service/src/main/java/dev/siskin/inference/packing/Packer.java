package dev.siskin.inference.packing;

import dev.siskin.api.Hit;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills a token budget with whole chunks, best first. A chunk is left out where a packed one nearly repeats it, where
 * half of it or more lies inside a packed passage of the same document, or where it does not fit; a smaller one behind
 * it still may. One that continues a packed passage is joined to it, so that the generator reads on. The best chunk is
 * taken whatever its size: an answer needs one.
 */
public final class Packer {
    /** Neighbouring chunks overlap by a tenth by design; from this share on it is a repetition. */
    private static final double REPEATED = 0.5;

    /** @param budgetTokens estimated tokens the passages may have together */
    public Packed pack(List<Hit> hits, int budgetTokens) {
        List<Passage> passages = new ArrayList<>();
        List<Shingles> packed = new ArrayList<>();
        int before = 0;
        int after = 0;
        for (Hit hit : hits) {
            Passage alone = Passage.of(hit);
            before += alone.tokens();
            if (alone.tokens() == 0 || lies(hit, passages)) {
                continue;
            }
            Shingles shingles = Shingles.of(alone.text());
            if (packed.stream().anyMatch(shingles::repeats)) {
                continue;
            }
            int neighbour = neighbour(hit, passages);
            Passage whole = neighbour < 0 ? alone : passages.get(neighbour).with(hit);
            int more = whole.tokens()
                    - (neighbour < 0 ? 0 : passages.get(neighbour).tokens());
            if (after + more > budgetTokens && !passages.isEmpty()) {
                continue;
            }
            if (neighbour < 0) {
                passages.add(whole);
            } else {
                passages.set(neighbour, whole);
            }
            packed.add(shingles);
            after += more;
        }
        return new Packed(passages, hits.size(), before, after);
    }

    private static int neighbour(Hit hit, List<Passage> passages) {
        for (int i = 0; i < passages.size(); i++) {
            if (passages.get(i).touches(hit)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether half of it or more lies inside a passage. */
    private static boolean lies(Hit hit, List<Passage> passages) {
        return passages.stream()
                .map(Passage::hit)
                .filter(packed -> packed.documentId().equals(hit.documentId()))
                .anyMatch(packed -> shared(packed, hit) >= REPEATED * (hit.end() - hit.start()));
    }

    private static int shared(Hit one, Hit other) {
        return Math.min(one.end(), other.end()) - Math.max(one.start(), other.start());
    }
}
