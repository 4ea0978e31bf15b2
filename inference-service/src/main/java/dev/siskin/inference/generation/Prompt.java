package dev.siskin.inference.generation;

import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.GenerationParameters;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a generator is given.
 *
 * @param question shaped
 * @param embeddingModel whose cosines the passages carry; empty where it is not known
 * @param passages best first
 * @param parameters how the answer is written
 * @param deadline time left when generation begins
 */
public record Prompt(
        String question,
        Optional<String> embeddingModel,
        List<Passage> passages,
        GenerationParameters parameters,
        Duration deadline) {
    public Prompt {
        passages = List.copyOf(passages);
    }
}
