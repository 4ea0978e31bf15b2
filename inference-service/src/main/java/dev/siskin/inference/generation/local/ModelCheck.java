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
import dev.siskin.inference.decoding.OnnxRuntime;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.runtime.Tokenizer;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads a model and tries it out, in a process of its own, so that what is measured is the model's. Behind {@code
 * ./siskin model check}: takes the six arguments of {@link Plan} in their order and prints a {@link ModelCheckReport} as
 * JSON, or one line on stderr and status 1.
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
     */
    record Plan(Path model, String graph, int threads, int tokens, int sequences, int contextTokens) {
        static Plan of(String... arguments) {
            if (arguments.length != 6) {
                throw new IllegalArgumentException("six arguments are needed: " + Arrays.toString(arguments));
            }
            return new Plan(
                    Path.of(arguments[0]),
                    arguments[1],
                    Integer.parseInt(arguments[2]),
                    Integer.parseInt(arguments[3]),
                    Integer.parseInt(arguments[4]),
                    Integer.parseInt(arguments[5]));
        }
    }

    private final Plan plan;
    private final MemoryProbe memory;
    private final long hostBytes;

    ModelCheck(Plan plan, MemoryProbe memory, long hostBytes) {
        this.plan = plan;
        this.memory = memory;
        this.hostBytes = hostBytes;
    }

    public static void main(String[] arguments) throws JsonProcessingException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        try {
            MemoryProbe self = MemoryProbe.self();
            out.println(
                    Json.MAPPER.writeValueAsString(new ModelCheck(Plan.of(arguments), self, hostBytes(self)).run()));
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
            Optional<MemoryReading> before = memory.read();
            long started = System.nanoTime();
            // How fast it writes is measured over all the tokens asked for, also where it would have ended.
            try (Decoder decoder = Decoder.open(folder.withoutEndTokens(), limits(), Drafting.NONE, Optional.empty())) {
                double loadMs = (System.nanoTime() - started) / 1e6;
                Optional<MemoryReading> loaded = memory.read();
                var trial = new Trial(decoder, tokenizer, folder.endTokens());
                return report(folder.path(), graph, weights, loadMs, before, loaded, decoder, trial);
            }
        }
    }

    private DecoderLimits limits() {
        return new DecoderLimits(
                plan.sequences(), ANY_CACHE, plan.contextTokens(), plan.threads(), DecoderLimits.DEFAULT_PREFILL_CHUNK);
    }

    /** One sequence written, and the memory at its last token. */
    private final class Trial {
        private final Decoded decoded;
        private final String text;
        private Optional<MemoryReading> atTheEnd = Optional.empty();

        Trial(Decoder decoder, Tokenizer tokenizer, Set<Integer> endTokens) {
            int tokens = Math.min(plan.tokens(), decoder.contextTokens() - 1);
            int[] prompt = prompt(tokenizer, Math.min(LONGEST_PROMPT_TOKENS, decoder.contextTokens() - tokens));
            write(decoder, prompt, Math.min(WARM_UP_TOKENS, tokens), new int[WARM_UP_TOKENS]);
            var written = new int[tokens];
            this.decoded = write(decoder, prompt, tokens, written);
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
                        if (count[0] == tokens) {
                            atTheEnd = memory.read();
                        }
                        return true;
                    },
                    () -> false);
        }
    }

    private ModelCheckReport report(
            Path model,
            String graph,
            long weights,
            double loadMs,
            Optional<MemoryReading> before,
            Optional<MemoryReading> loaded,
            Decoder decoder,
            Trial trial) {
        Decoded decoded = trial.decoded;
        @Nullable Long weightsMeasured = growth(before, loaded, true);
        @Nullable Long runMeasured = growth(before, trial.atTheEnd, true);
        long run = weights + decoder.bytesPerToken() * (decoded.promptTokens() + decoded.newTokens());
        long sequences = decoder.bytesPerToken() * decoder.contextTokens() * decoder.maxSequences();
        long rest = Math.max(weights, weightsMeasured == null ? 0 : weightsMeasured)
                + before.map(MemoryReading::pss).orElse(0L);
        long needed = rest + sequences;
        return new ModelCheckReport(
                model.toString(),
                graph,
                plan.threads(),
                loadMs,
                weights,
                weightsMeasured,
                growth(before, loaded, false),
                decoder.bytesPerToken(),
                decoded.promptTokens(),
                perSecond(decoded.promptTokens(), decoded.prefill()),
                decoded.newTokens(),
                perSecond(decoded.newTokens() - 1, decoded.decoding()),
                run,
                runMeasured,
                decoder.maxSequences(),
                decoder.contextTokens(),
                sequences,
                needed,
                hostBytes,
                needed <= hostBytes * MOST_OF_HOST,
                trial.text);
    }

    private static double perSecond(int tokens, Duration time) {
        return tokens / Math.max(1e-9, time.toNanos() / 1e9);
    }

    private static @Nullable Long growth(Optional<MemoryReading> from, Optional<MemoryReading> to, boolean all) {
        return from.isEmpty() || to.isEmpty() ? null : bytes(to.get(), all) - bytes(from.get(), all);
    }

    private static long bytes(MemoryReading reading, boolean all) {
        return all ? reading.pss() : reading.anonymous();
    }
}
