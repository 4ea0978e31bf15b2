package dev.siskin.inference.generation.local;

import dev.siskin.runtime.Tokenizer;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Whether a tokenizer can be that of a model, told from its ids: those of another vocabulary of the same size cannot be
 * told apart. A graph's vocabulary is often a little larger than the tokenizer's, rounded up for the kernels; the other way
 * round only marks that the model never writes may lie beyond it, as that of an image does in Gemma 3.
 *
 * @param addedIds of tokens that are not of the vocabulary proper
 */
record Vocabulary(Tokenizer tokenizer, Set<Integer> addedIds) {
    /** Ids looked at in a row: single ones may be unused. */
    private static final int SAMPLE = 32;

    /** What is wrong; empty where nothing is. */
    Optional<String> mismatch(int modelVocabulary, Set<Integer> endTokens) {
        Optional<Integer> beyond = IntStream.range(modelVocabulary, modelVocabulary + SAMPLE)
                .boxed()
                .filter(id -> isKnown(id) && !addedIds.contains(id))
                .findFirst();
        if (beyond.isPresent()) {
            return Optional.of(
                    "it has a token %d, the model's ids end at %d".formatted(beyond.get(), modelVocabulary - 1));
        }
        if (!endTokens.isEmpty() && endTokens.stream().noneMatch(this::isKnown)) {
            return Optional.of("it has none of the model's end tokens %s".formatted(endTokens));
        }
        int half = modelVocabulary / 2;
        if (IntStream.range(half, Math.min(half + SAMPLE, modelVocabulary)).noneMatch(this::isKnown)) {
            return Optional.of("it ends before id %d, the model's ids at %d".formatted(half, modelVocabulary - 1));
        }
        return Optional.empty();
    }

    private boolean isKnown(int id) {
        return addedIds.contains(id) || !tokenizer.decode(new int[] {id}, false).isEmpty();
    }
}
