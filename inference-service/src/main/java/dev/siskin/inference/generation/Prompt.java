package dev.siskin.inference.generation;

import dev.siskin.inference.packing.Passage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a generator is given.
 *
 * @param question shaped
 * @param embeddingModel whose cosines the passages carry; empty where it is not known
 * @param passages best first
 * @param maxTokens that may be written
 * @param temperature 0 = the same answer every time
 * @param deadline time left when generation begins
 */
public record Prompt(
        String question,
        Optional<String> embeddingModel,
        List<Passage> passages,
        int maxTokens,
        double temperature,
        Duration deadline) {
    public Prompt {
        passages = List.copyOf(passages);
    }
}
