package dev.siskin.inference.generation.local;

import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.ModelFolderException;
import dev.siskin.inference.decoding.OnnxRuntime;
import dev.siskin.inference.decoding.UnsupportedModelException;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.runtime.ModelDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings models from their folders to work: what can be refused by the files alone is refused before. Thread-safe. */
final class ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

    /** ONNX Runtime opens graphs by recursion; the service's threads have small stacks. */
    private static final long STACK_BYTES = 8L << 20;

    /** Smaller weights are not worth a copy on disk: the process itself takes more. */
    static final long LEAST_PACKED_BYTES = 16L << 20;

    /** A question and a passage of a few sentences. */
    private static final int LEAST_PASSAGE_TOKENS = 100;

    /** The file, and its text with two bytes a character. */
    private static final int HEAP_PER_TOKENIZER_BYTE = 3;

    private final GeneratorLibrary library;
    private final Path packed;
    private final ModelMemory memory;

    /** @param packed directory where weights are kept as the kernels read them, to be mapped from there */
    ModelLoader(GeneratorLibrary library, Path packed, ModelMemory memory) {
        this.library = library;
        this.packed = packed;
        this.memory = memory;
    }

    /**
     * The folder of a model that nothing speaks against, as far as files tell.
     *
     * @throws UnknownModelException where there is none of that name
     * @throws UnusableModelException where it is not whole, or the tokenizer is too large for the heap
     */
    ModelFolder folder(LocalSettings settings) {
        Path path = library.find(settings.model())
                .orElseThrow(() -> new UnknownModelException(library.lacks(settings.model())));
        return explained(path, () -> {
            ModelFolder folder = ModelFolder.open(path, settings.file());
            refuseLargeTokenizer(path.resolve("tokenizer.json"));
            return folder;
        });
    }

    /**
     * Loads a model and tries it out.
     *
     * @throws UnusableModelException where it is not whole, not supported, or does not fit into the memory
     */
    LoadedGenerator load(ModelFolder folder, LocalSettings settings) {
        var loaded = new CompletableFuture<LoadedGenerator>();
        Thread.ofPlatform()
                .name("load-" + folder.path().getFileName())
                .stackSize(STACK_BYTES)
                .start(() -> {
                    try {
                        loaded.complete(explained(folder.path(), () -> loadHere(folder, settings)));
                    } catch (Throwable failed) {
                        loaded.completeExceptionally(failed);
                    }
                });
        try {
            return loaded.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof UnusableModelException known
                    ? known
                    : new UnusableModelException(folder.path() + " cannot be loaded: " + failed.getMessage(), failed);
        }
    }

    private static <T> T explained(Path path, Supplier<T> step) {
        try {
            return step.get();
        } catch (ModelFolderException
                | UnsupportedModelException
                | ModelDirectoryException
                | ChatTemplateException
                | IllegalArgumentException known) {
            String message = String.valueOf(known.getMessage());
            throw new UnusableModelException(message.contains(path.toString()) ? message : path + ": " + message);
        }
    }

    private LoadedGenerator loadHere(ModelFolder folder, LocalSettings settings) {
        ModelMemory.Claim claim = memory.claim(settings, folder.weightBytes());
        try {
            return load(folder, settings, claim);
        } catch (RuntimeException | Error failed) {
            claim.close();
            throw failed;
        }
    }

    private LoadedGenerator load(ModelFolder folder, LocalSettings settings, ModelMemory.Claim claim) {
        long began = System.nanoTime();
        Path path = folder.path();
        OnnxRuntime.start();
        long before = resident();
        LocalPrompt prompts = LocalPrompt.open(path, Clock.system(ZoneId.systemDefault()));
        try {
            var limits = new DecoderLimits(
                    settings.sequences(),
                    claim.cacheBytes(),
                    settings.contextTokens() == 0 ? Integer.MAX_VALUE : settings.contextTokens(),
                    settings.threads(),
                    DecoderLimits.DEFAULT_PREFILL_CHUNK);
            var decoder = Decoder.open(
                    folder,
                    limits,
                    settings.drafts() ? Drafting.PROMPT_LOOKUP : Drafting.NONE,
                    Optional.of(packed).filter(any -> folder.weightBytes() >= LEAST_PACKED_BYTES));
            return ready(folder, settings, claim, prompts, decoder, before, began);
        } catch (RuntimeException | Error failed) {
            prompts.close();
            throw failed;
        }
    }

    private static LoadedGenerator ready(
            ModelFolder folder,
            LocalSettings settings,
            ModelMemory.Claim claim,
            LocalPrompt prompts,
            Decoder decoder,
            long before,
            long began) {
        try {
            refuseForeignTokenizer(decoder, prompts, folder);
            refuseTooShort(decoder, prompts, settings);
            long taken = Math.max(0, resident() - before);
            claim.settle(decoder.kvBytes(), taken);
            String name = "%s/%s/%s@%s"
                    .formatted(
                            folder.path().getFileName(),
                            folder.graphFile().getFileName(),
                            prompts.version(),
                            FolderRevision.of(folder.path()));
            LOG.info(
                    "model {} is ready after {} ms: {} MiB, {} bytes of cache a token and {} MiB at most, {} tokens of context, {} answers at once, {} threads, chat template: {}",
                    name,
                    (System.nanoTime() - began) / 1_000_000,
                    taken >> 20,
                    decoder.bytesPerToken(),
                    decoder.kvBytes() >> 20,
                    decoder.contextTokens(),
                    decoder.maxSequences(),
                    settings.threads(),
                    prompts.templateSource());
            return new LoadedGenerator(
                    name, prompts, decoder, folder, settings.apart(), taken, settings.threads(), claim);
        } catch (RuntimeException | Error failed) {
            decoder.close();
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

    /** With no room for a short passage beside what every prompt begins with, it could never answer. */
    private static void refuseTooShort(Decoder decoder, LocalPrompt prompts, LocalSettings settings) {
        int needed = 2 * (prompts.constant() + LEAST_PASSAGE_TOKENS);
        if (decoder.contextTokens() < needed) {
            throw new UnusableModelException(
                    "a prompt and its answer have %d tokens, %d at least are needed: a token takes %d bytes of a KV cache of %d; allow more in %s, or %s where that is not set, and in max.context.tokens=%d"
                            .formatted(
                                    decoder.contextTokens(),
                                    needed,
                                    decoder.bytesPerToken(),
                                    decoder.kvBytes(),
                                    settings.cacheSetting(),
                                    ModelMemory.SETTING,
                                    settings.contextTokens()));
        }
    }

    private static void refuseForeignTokenizer(Decoder decoder, LocalPrompt prompts, ModelFolder folder) {
        Optional<String> fault = prompts.mismatch(decoder.vocabulary(), folder.endTokens());
        if (fault.isPresent()) {
            throw new UnusableModelException("%s/tokenizer.json is another model's: %s; copy the model's folder again"
                    .formatted(folder.path(), fault.get()));
        }
    }

    private static long resident() {
        return MemoryProbe.self().read().map(MemoryReading::rss).orElse(0L);
    }
}
