package dev.siskin.inference.generation.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.inference.shaping.GenerationParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A model at work: its tokenizer and chat template, its decoder, and what they took.
 *
 * @param name of the model, which graph of it, its prompts' version and the state of its folder
 * @param defaults of the model's folder for answers that are drawn
 * @param weightBytes that loading added to the process, tokenizer included
 * @param threads that work on a step
 * @param claim what it may take of the memory for models
 */
record LoadedGenerator(
        String name,
        LocalPrompt prompts,
        Decoder decoder,
        Sampling defaults,
        long weightBytes,
        int threads,
        ModelMemory.Claim claim)
        implements AutoCloseable {
    private static final String GENERATION = "generation_config.json";

    /**
     * What the model's authors have drawn from. Their repetition penalty is left out: an answer from passages repeats
     * them, and a citation each time.
     */
    static Sampling defaults(Path path) {
        Path file = path.resolve(GENERATION);
        if (!Files.isRegularFile(file)) {
            return Sampling.GREEDY;
        }
        try {
            JsonNode config = Json.MAPPER.readTree(file.toFile());
            return new Sampling(
                    0,
                    config.path("top_k").asInt(0),
                    config.path("top_p").asDouble(1),
                    config.path("min_p").asDouble(0),
                    1,
                    0);
        } catch (IllegalArgumentException impossible) {
            throw new UnusableModelException("%s: %s".formatted(file, impossible.getMessage()));
        } catch (IOException unreadable) {
            throw new UnusableModelException(
                    "%s cannot be read: %s".formatted(file, unreadable.getMessage()), unreadable);
        }
    }

    /** How the next token is chosen. */
    Sampling sampling(GenerationParameters parameters) {
        return parameters.temperature() == 0
                ? Sampling.GREEDY
                : new Sampling(
                        parameters.temperature(),
                        defaults.topK(),
                        defaults.topP(),
                        defaults.minP(),
                        1,
                        parameters.seed().orElseGet(() -> ThreadLocalRandom.current()
                                .nextLong()));
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
        decoder.close();
        prompts.close();
        claim.close();
    }
}
