package dev.siskin.inference.packing;

import java.util.List;

/**
 * The passages that fit, best first.
 *
 * @param retrieved hits there were
 * @param tokensBefore estimated tokens of all hits
 * @param tokensAfter estimated tokens of the passages
 */
public record Packed(List<Passage> passages, int retrieved, int tokensBefore, int tokensAfter) {
    public Packed {
        passages = List.copyOf(passages);
    }

    /** Hits that the passages are made of. */
    public int used() {
        return passages.stream().mapToInt(passage -> passage.chunks().size()).sum();
    }
}
