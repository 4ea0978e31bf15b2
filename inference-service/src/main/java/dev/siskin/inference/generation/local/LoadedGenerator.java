package dev.siskin.inference.generation.local;

import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.inference.shaping.GenerationParameters;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * A model at work: its tokenizer and chat template, its decoder, and what they took.
 *
 * @param name of the model, which graph of it, its prompts' version and the state of its folder
 * @param folder what it says of itself
 * @param apart whether answers share nothing
 * @param weightBytes that loading added to the process, tokenizer included
 * @param threads that work on a step
 * @param claim what it may take of the memory for models
 */
record LoadedGenerator(
        String name,
        LocalPrompt prompts,
        Decoder decoder,
        ModelFolder folder,
        boolean apart,
        long weightBytes,
        int threads,
        ModelMemory.Claim claim)
        implements AutoCloseable {

    /** How the next token is chosen. */
    Sampling sampling(GenerationParameters parameters) {
        return parameters.temperature() == 0
                ? Sampling.GREEDY
                : new Sampling(
                        parameters.temperature(),
                        folder.sampling().topK(),
                        folder.sampling().topP(),
                        folder.sampling().minP(),
                        1,
                        parameters
                                .seed()
                                .orElseGet(() -> ThreadLocalRandom.current().nextLong()));
    }

    /** How many of a prompt's first tokens other answers may take over: what every prompt begins with, and no secret. */
    int common(int[] prompt) {
        return apart ? 0 : Math.min(prompts.constant(), prompt.length);
    }

    /** The text of an answer that begins; it ends at the model's stop texts and at the request's. */
    TokenText text(GenerationParameters parameters) {
        return prompts.text(Stream.concat(folder.stopStrings().stream(), parameters.stop().stream())
                .toList());
    }

    /** By owner, as {@code GET /v1/memory} has them. */
    List<HeldBytes> held() {
        return List.of(
                new HeldBytes(
                        "model_weights",
                        "%s, as loading it added to the process; %d threads".formatted(name, threads),
                        () -> weightBytes,
                        claim.mostWeightBytes()),
                new HeldBytes(
                        "kv_cache",
                        "keys and values of answers that are being written, and of kept prefixes: " + name,
                        () -> decoder.stats().kvHeldBytes() + decoder.stats().prefixBytes(),
                        decoder.kvBytes()));
    }

    @Override
    public void close() {
        try (claim;
                prompts) {
            decoder.close();
        }
    }
}
