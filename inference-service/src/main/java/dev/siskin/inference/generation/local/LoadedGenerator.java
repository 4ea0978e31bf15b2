package dev.siskin.inference.generation.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import dev.siskin.api.Json;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.ModelFolderException;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.inference.decoding.UnsupportedModelException;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.runtime.ModelDirectoryException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model at work: its tokenizer and chat template, its decoder, and what they took.
 *
 * @param name of the model and which graph of it
 * @param defaults of the model's folder for answers that are drawn
 * @param weightBytes that loading added to the process, tokenizer included
 * @param cacheBytes that keys and values may take
 */
record LoadedGenerator(
        String name, LocalPrompt prompts, Decoder decoder, Sampling defaults, long weightBytes, long cacheBytes)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedGenerator.class);

    /** ONNX Runtime opens graphs by recursion; the service's threads have small stacks. */
    private static final long STACK_BYTES = 8L << 20;

    /** Smaller weights are not worth a copy on disk: the process itself takes more. */
    static final long LEAST_PACKED_BYTES = 16L << 20;

    /** A question and a passage of a few sentences. */
    private static final int LEAST_PASSAGE_TOKENS = 100;

    /** The file, and its text with two bytes a character. */
    private static final int HEAP_PER_TOKENIZER_BYTE = 3;

    private static final String GENERATION = "generation_config.json";

    /**
     * Loads a model and tries it out.
     *
     * @param packed directory where weights are kept as the kernels read them, to be mapped from there
     * @throws UnusableModelException where it is not there, not whole, not supported, or too large for the host
     */
    static LoadedGenerator open(LocalSettings settings, GeneratorLibrary library, Path packed) {
        Path path = library.find(settings.model())
                .orElseThrow(() -> new UnusableModelException(library.lacks(settings.model())));
        var opened = new CompletableFuture<LoadedGenerator>();
        Thread.ofPlatform()
                .name("load-" + path.getFileName())
                .stackSize(STACK_BYTES)
                .start(() -> complete(opened, path, settings, packed));
        try {
            return opened.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof UnusableModelException known
                    ? known
                    : new UnusableModelException(path + " cannot be loaded: " + failed.getMessage(), failed);
        }
    }

    private static void complete(
            CompletableFuture<LoadedGenerator> opened, Path path, LocalSettings settings, Path packed) {
        try {
            opened.complete(load(path, settings, packed));
        } catch (UnusableModelException known) {
            opened.completeExceptionally(known);
        } catch (ModelFolderException
                | UnsupportedModelException
                | ModelDirectoryException
                | ChatTemplateException
                | IllegalArgumentException known) {
            opened.completeExceptionally(new UnusableModelException(String.valueOf(known.getMessage())));
        } catch (Throwable fault) {
            opened.completeExceptionally(fault);
        }
    }

    private static LoadedGenerator load(Path path, LocalSettings settings, Path packed) {
        long began = System.nanoTime();
        ModelFolder folder = ModelFolder.open(path, settings.file());
        refuseTooLarge(folder, settings);
        refuseLargeTokenizer(path.resolve("tokenizer.json"));
        Sampling defaults = defaults(path);
        long before = resident();
        LocalPrompt prompts = LocalPrompt.open(path, Clock.system(ZoneId.systemDefault()));
        try {
            var limits = new DecoderLimits(
                    settings.sequences(),
                    settings.cacheBytes(),
                    settings.contextTokens() == 0 ? Integer.MAX_VALUE : settings.contextTokens(),
                    settings.threads(),
                    DecoderLimits.DEFAULT_PREFILL_CHUNK);
            var decoder = Decoder.open(
                    folder,
                    limits,
                    Drafting.PROMPT_LOOKUP,
                    Optional.of(packed).filter(any -> folder.weightBytes() >= LEAST_PACKED_BYTES));
            refuseTooShort(decoder, prompts, settings);
            long taken = Math.max(0, resident() - before);
            String name = path.getFileName() + "/" + folder.graphFile().getFileName();
            LOG.info(
                    "model {} is ready after {} ms: {} MiB, {} bytes of cache a token, {} tokens of context, {} answers at once, chat template: {}",
                    name,
                    (System.nanoTime() - began) / 1_000_000,
                    taken >> 20,
                    decoder.bytesPerToken(),
                    decoder.contextTokens(),
                    decoder.maxSequences(),
                    prompts.templateSource());
            return new LoadedGenerator(name, prompts, decoder, defaults, taken, settings.cacheBytes());
        } catch (RuntimeException | Error failed) {
            prompts.close();
            throw failed;
        }
    }

    /** Read into the heap whole, it would end the process where there is no room for it. */
    private static void refuseLargeTokenizer(Path file) {
        try {
            long needed = Files.isRegularFile(file) ? HEAP_PER_TOKENIZER_BYTE * Files.size(file) : 0;
            if (freeHeap() < needed) {
                System.gc();
            }
            if (freeHeap() < needed) {
                long most = Runtime.getRuntime().maxMemory() + needed;
                throw new UnusableModelException(
                        "%s takes %d MiB of heap while it is read, %d are free: ./siskin up gives that by itself; elsewhere start inference-service with _JAVA_OPTIONS=-Xmx%dm"
                                .formatted(file, needed >> 20, freeHeap() >> 20, most >> 20));
            }
        } catch (IOException unreadable) {
            throw new UnusableModelException("%s cannot be read: %s".formatted(file, unreadable), unreadable);
        }
    }

    private static long freeHeap() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    private static void refuseTooLarge(ModelFolder folder, LocalSettings settings) {
        long needed = folder.weightBytes() + settings.cacheBytes();
        long physical =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long host = Math.min(physical, MemoryProbe.self().limit().orElse(physical));
        if (needed > host) {
            throw new UnusableModelException(
                    "%s is too large: weights %d MiB and %d MiB of KV cache, this host has %d MiB; take a smaller graph or model"
                            .formatted(
                                    folder.graphFile(),
                                    folder.weightBytes() >> 20,
                                    settings.cacheBytes() >> 20,
                                    host >> 20));
        }
    }

    /** With no room for a short passage beside what every prompt begins with, it could never answer. */
    private static void refuseTooShort(Decoder decoder, LocalPrompt prompts, LocalSettings settings) {
        int needed = 2 * (prompts.constant() + LEAST_PASSAGE_TOKENS);
        if (decoder.contextTokens() < needed) {
            decoder.close();
            throw new UnusableModelException(
                    "a prompt and its answer have %d tokens, %d at least are needed: a token takes %d bytes of cache, allow more in kv.max.bytes=%d or max.context.tokens=%d"
                            .formatted(
                                    decoder.contextTokens(),
                                    needed,
                                    decoder.bytesPerToken(),
                                    settings.cacheBytes(),
                                    settings.contextTokens()));
        }
    }

    private static long resident() {
        return MemoryProbe.self().read().map(MemoryReading::rss).orElse(0L);
    }

    /**
     * What the model's authors have drawn from. Their repetition penalty is left out: an answer from passages repeats
     * them, and a citation each time.
     */
    private static Sampling defaults(Path path) {
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

    /** How the next token is chosen at this temperature. */
    Sampling sampling(double temperature) {
        return temperature == 0
                ? Sampling.GREEDY
                : new Sampling(
                        temperature,
                        defaults.topK(),
                        defaults.topP(),
                        defaults.minP(),
                        1,
                        ThreadLocalRandom.current().nextLong());
    }

    /** By owner, as {@code GET /v1/memory} has them. */
    List<HeldBytes> held() {
        return List.of(
                new HeldBytes("model_weights", name + ", as loading it added to the process", () -> weightBytes, null),
                new HeldBytes(
                        "kv_cache",
                        "keys and values of answers that are being written, and of kept prefixes: " + name,
                        () -> decoder.stats().kvHeldBytes() + decoder.stats().prefixBytes(),
                        cacheBytes));
    }

    @Override
    public void close() {
        decoder.close();
        prompts.close();
    }
}
