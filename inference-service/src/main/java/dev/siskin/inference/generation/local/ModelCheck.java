package dev.siskin.inference.generation.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.sun.management.OperatingSystemMXBean;
import dev.siskin.api.Json;
import dev.siskin.generators.ModelCheckReport;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoded;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.ModelFootprint;
import dev.siskin.inference.decoding.OnnxRuntime;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.runtime.Tokenizer;
import dev.siskin.settings.Home;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads a model as the service does and tries it out, in a process of its own, so that what is measured is the model's.
 * Behind {@code ./siskin model check}: takes the arguments of {@link Plan} in their order and prints a {@link
 * ModelCheckReport} as JSON, or one line on stderr and status 1.
 *
 * <h2>What is measured</h2>
 *
 * Resident memory beyond what the process has once ONNX Runtime has started and the smallest model there is has written a
 * few tokens and is closed again: its code, and the JVM's for it, are then in memory, and are no model's. The heap has one
 * size throughout and is touched at the start, see the command's JVM options. Of the try the peak counts, which the kernel
 * keeps: the largest moment is in the last chunk of the prompt or at the last token, and nobody stands beside to read it.
 * {@link ModelFootprint} says what is predicted.
 */
public final class ModelCheck {
    /** Share of the memory from which the service refuses what needs more. */
    private static final double MOST_OF_HOST = 0.9;

    private static final String PROMPT =
            "The river rises in the hills and runs east through three towns before it reaches the sea. ";

    private static final int LONGEST_PROMPT_TOKENS = 256;
    private static final int WARM_UP_TOKENS = 4;
    private static final long ANY_CACHE = 1L << 40;
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofHours(1);

    /**
     * What is to be tried.
     *
     * @param graph file of the folder; empty = the best
     * @param tokens to write
     * @param sequences to be written at once by the service
     * @param contextTokens of each of them, at most what the model allows
     * @param packed directory where the service keeps weights as its kernels read them
     */
    record Plan(Path model, String graph, int threads, int tokens, int sequences, int contextTokens, Path packed) {
        static Plan of(String... arguments) {
            if (arguments.length != 7) {
                throw new IllegalArgumentException("seven arguments are needed: " + Arrays.toString(arguments));
            }
            return new Plan(
                    Path.of(arguments[0]),
                    arguments[1],
                    Integer.parseInt(arguments[2]),
                    Integer.parseInt(arguments[3]),
                    Integer.parseInt(arguments[4]),
                    Integer.parseInt(arguments[5]),
                    Path.of(arguments[6]));
        }
    }

    private final Plan plan;
    private final Path smallest;
    private final MemoryProbe memory;
    private final long hostBytes;

    /** @param smallest folder of a model that is run first; without it what the runtime takes counts as the model's */
    ModelCheck(Plan plan, Path smallest, MemoryProbe memory, long hostBytes) {
        this.plan = plan;
        this.smallest = smallest;
        this.memory = memory;
        this.hostBytes = hostBytes;
    }

    public static void main(String[] arguments) throws JsonProcessingException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        try {
            MemoryProbe self = MemoryProbe.self();
            Path smallest = Home.folder().resolve("inference-service/models/siskin-mini");
            var check = new ModelCheck(Plan.of(arguments), smallest, self, hostBytes(self));
            out.println(Json.MAPPER.writeValueAsString(check.run()));
        } catch (RuntimeException unusable) {
            String message = unusable.getMessage();
            err.println("siskin: " + (message == null ? unusable : message));
            System.exit(1);
        }
    }

    private static long hostBytes(MemoryProbe memory) {
        long physical =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return Math.min(physical, memory.limit().orElse(physical));
    }

    /**
     * Loads the model and has it write.
     *
     * @throws IllegalArgumentException where it is too large for the host, or its tokenizer is another model's
     */
    ModelCheckReport run() {
        ModelFolder folder = ModelFolder.open(plan.model(), plan.graph());
        String graph = folder.path().relativize(folder.graphFile()).toString();
        long weights = folder.weightBytes();
        if (weights > hostBytes * MOST_OF_HOST) {
            throw new IllegalArgumentException("%s does not fit: its weights are %d MiB, this host has %d MiB of memory"
                    .formatted(folder.graphFile(), weights >> 20, hostBytes >> 20));
        }
        try (Tokenizer tokenizer = Tokenizer.open(plan.model().resolve("tokenizer.json"))) {
            OnnxRuntime.start();
            runSmallest();
            Optional<Path> packed = Optional.of(plan.packed()).filter(any -> weights >= ModelLoader.LEAST_PACKED_BYTES);
            boolean packs = packed.isPresent() && !Decoder.isPacked(folder, packed.get());
            System.gc();
            Optional<MemoryReading> before = memory.read();
            long started = System.nanoTime();
            // How fast it writes is measured over all the tokens asked for, also where it would have ended.
            try (Decoder decoder = Decoder.open(folder.withoutEndTokens(), limits(), Drafting.NONE, packed)) {
                double loadMs = (System.nanoTime() - started) / 1e6;
                Optional<MemoryReading> loaded = memory.read();
                boolean hasPeak = memory.resetPeak();
                var trial = new Trial(decoder, tokenizer, folder.endTokens());
                OptionalLong peak = hasPeak ? memory.peak() : OptionalLong.empty();
                return report(folder, graph, loadMs, packs, before, loaded, peak, decoder, trial);
            }
        }
    }

    private void runSmallest() {
        if (Files.isDirectory(smallest)) {
            try (Decoder decoder =
                    Decoder.open(ModelFolder.open(smallest), limits(), Drafting.NONE, Optional.empty())) {
                decoder.decode(
                        new DecodeRequest(
                                new int[Math.min(LONGEST_PROMPT_TOKENS, decoder.contextTokens() / 2)],
                                WARM_UP_TOKENS,
                                Sampling.GREEDY,
                                AS_LONG_AS_IT_TAKES,
                                0),
                        token -> true,
                        () -> false);
            }
        }
    }

    private DecoderLimits limits() {
        return new DecoderLimits(
                plan.sequences(), ANY_CACHE, plan.contextTokens(), plan.threads(), DecoderLimits.DEFAULT_PREFILL_CHUNK);
    }

    /** One sequence written. */
    private final class Trial {
        private final Decoded decoded;
        private final String text;
        private final int distinctTokens;

        Trial(Decoder decoder, Tokenizer tokenizer, Set<Integer> endTokens) {
            int tokens = Math.min(plan.tokens(), decoder.contextTokens() - 1);
            int[] prompt = prompt(tokenizer, Math.min(LONGEST_PROMPT_TOKENS, decoder.contextTokens() - tokens));
            write(decoder, prompt, Math.min(WARM_UP_TOKENS, tokens), new int[WARM_UP_TOKENS]);
            var written = new int[tokens];
            this.decoded = write(decoder, prompt, tokens, written);
            this.distinctTokens = (int) IntStream.of(prompt).distinct().count() + tokens;
            int end = IntStream.range(0, tokens)
                    .filter(i -> endTokens.contains(written[i]))
                    .findFirst()
                    .orElse(tokens);
            this.text = tokenizer.decode(Arrays.copyOf(written, end), true);
        }

        private static int[] prompt(Tokenizer tokenizer, int tokens) {
            int[] once = tokenizer.encodeWithSpecials(PROMPT);
            if (once.length == 0) {
                throw new IllegalArgumentException("the tokenizer has no tokens for plain English");
            }
            return IntStream.range(0, tokens).map(i -> once[i % once.length]).toArray();
        }

        private Decoded write(Decoder decoder, int[] prompt, int tokens, int[] written) {
            var count = new int[1];
            return decoder.decode(
                    new DecodeRequest(prompt, tokens, Sampling.GREEDY, AS_LONG_AS_IT_TAKES, 0),
                    token -> {
                        written[count[0]++] = token;
                        return true;
                    },
                    () -> false);
        }
    }

    private ModelCheckReport report(
            ModelFolder folder,
            String graph,
            double loadMs,
            boolean packed,
            Optional<MemoryReading> before,
            Optional<MemoryReading> loaded,
            OptionalLong peak,
            Decoder decoder,
            Trial trial) {
        Decoded decoded = trial.decoded;
        ModelFootprint footprint = decoder.footprint(folder);
        int prompt = decoded.promptTokens();
        int all = prompt + decoded.newTokens();
        long runWeights = footprint.loadedBytes(all, trial.distinctTokens);
        // Logits of a chunk are there while the prompt is read, all of the cache when it is answered.
        long readingBytes = footprint.chunkLogitBytes() + decoder.cacheBytes(1, prompt);
        long writingBytes = footprint.stepLogitBytes() + decoder.cacheBytes(1, all);
        long run = runWeights + footprint.activationBytes(prompt) + Math.max(readingBytes, writingBytes);
        int context = decoder.contextTokens();
        long sequences = decoder.cacheBytes(decoder.maxSequences(), context);
        long process = before.map(MemoryReading::rss).orElse(0L);
        long needed = process
                + footprint.loadedBytes(context, decoder.vocabulary())
                + footprint.activationBytes(context)
                + Math.max(footprint.chunkLogitBytes(), decoder.maxSequences() * footprint.stepLogitBytes())
                + sequences;
        return new ModelCheckReport(
                folder.path().toString(),
                graph,
                plan.threads(),
                loadMs,
                packed,
                folder.weightBytes(),
                growth(before, loaded, MemoryReading::rss),
                growth(before, loaded, MemoryReading::anonymous),
                decoder.bytesPerToken(),
                prompt,
                perSecond(prompt, decoded.prefill()),
                decoded.newTokens(),
                perSecond(decoded.newTokens() - 1, decoded.decoding()),
                runWeights,
                run,
                before.isPresent() && peak.isPresent() ? peak.getAsLong() - process : null,
                decoder.maxSequences(),
                context,
                sequences,
                process,
                needed,
                hostBytes,
                needed <= hostBytes * MOST_OF_HOST,
                trial.text);
    }

    private static double perSecond(int tokens, Duration time) {
        return tokens / Math.max(1e-9, time.toNanos() / 1e9);
    }

    private static @Nullable Long growth(
            Optional<MemoryReading> from, Optional<MemoryReading> to, ToLongFunction<MemoryReading> bytes) {
        return from.isEmpty() || to.isEmpty()
                ? null
                : Long.valueOf(bytes.applyAsLong(to.get()) - bytes.applyAsLong(from.get()));
    }
}
