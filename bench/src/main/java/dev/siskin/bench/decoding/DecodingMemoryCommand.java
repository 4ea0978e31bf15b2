package dev.siskin.bench.decoding;

import dev.siskin.api.Json;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.DecoderStats;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.Ending;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Home;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Whether a decoder grows: prompts of 8 to 200 tokens, every third with a beginning that others have, answers of 1 to 24
 * tokens, every fourth drawn, from four callers at once, and what the process holds while nobody asks; then answers that
 * are given up after their third token, half by the one who waits and half by the one who reads.
 *
 * <p>The heap has to have one size, touched at the start, or what it grows by is read as the decoder's:
 *
 * <pre>
 * _JAVA_OPTIONS='-Xms40m -Xmx40m -XX:+AlwaysPreTouch' MALLOC_ARENA_MAX=2 \
 *     ./siskin bench decoding-memory --model DIR --generations 10000 --cancelled 100
 * </pre>
 */
@Command(
        name = "decoding-memory",
        mixinStandardHelpOptions = true,
        description =
                "Measures what a local decoder holds after thousands of answers, and after some that were given up.")
public final class DecodingMemoryCommand implements Callable<Integer> {
    private static final Duration LONG = Duration.ofHours(1);
    private static final int CALLERS = 4;

    /** It is read after these parts of all answers; the first one is warm-up. */
    private static final int[] PARTS = {100, 10, 2, 1};

    private static final int SHORTEST_PROMPT = 8;
    private static final int LONGEST_PROMPT = 200;
    private static final int COMMON_TOKENS = 64;
    private static final int MOST_NEW_TOKENS = 24;
    private static final int GIVEN_UP_AFTER = 3;
    private static final int GIVEN_UP_TOKENS = 100;

    @Option(names = "--model", required = true, description = "the model's folder")
    private Path model = Path.of("");

    @Option(names = "--graph", defaultValue = "", description = "file name of the graph; default: the best there is")
    private String graph = "";

    @Option(names = "--threads", description = "default: one a processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--generations", defaultValue = "10000", description = "default: ${DEFAULT-VALUE}")
    private int generations = 10_000;

    @Option(names = "--cancelled", defaultValue = "100", description = "default: ${DEFAULT-VALUE}")
    private int cancelled = 100;

    @Option(names = "--packed", description = "directory for weights in the layout of this processor; default: none")
    private List<Path> packed = List.of();

    @Option(
            names = "--hold",
            description = "stay with the model loaded until ended by a signal, for bench/shared-weights")
    private boolean holds = false;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws Exception {
        System.out.println(MachineFacts.line());
        NativeLibraries.name(NativeLibraries.folder(Settings.of(Map.of()), Home.folder()));
        var limits = new DecoderLimits(
                CALLERS, 64L << 20, LONGEST_PROMPT + GIVEN_UP_TOKENS, threads, DecoderLimits.DEFAULT_PREFILL_CHUNK);
        ModelFolder folder = ModelFolder.open(model, graph).withoutEndTokens();
        try (Decoder decoder = Decoder.open(
                        folder, limits, Drafting.PROMPT_LOOKUP, packed.stream().findFirst());
                ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            var done = new AtomicInteger();
            for (int part : PARTS) {
                int until = generations / part;
                all(callers, until - done.get(), () -> generate(decoder, done.getAndIncrement()));
                print(decoder, done.get(), 0);
            }
            var cancellations = new AtomicInteger();
            all(callers, cancelled, () -> giveUp(decoder, cancellations.getAndIncrement()));
            print(decoder, done.get(), cancellations.get());
            if (holds) {
                System.out.println("holding");
                Thread.currentThread().join(); // until a signal ends the process
            }
        }
        return 0;
    }

    private static void all(ExecutorService callers, int times, Runnable what)
            throws InterruptedException, ExecutionException {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            running.add(callers.submit(what));
        }
        for (Future<?> one : running) {
            one.get();
        }
    }

    private static void generate(Decoder decoder, int number) {
        var random = new Random(number);
        Sampling sampling = number % 4 == 0 ? new Sampling(0.8, 40, 0.9, 0, 1, number) : Sampling.GREEDY;
        int most = 1 + random.nextInt(MOST_NEW_TOKENS);
        decoder.decode(
                new DecodeRequest(prompt(decoder, random, number), most, sampling, LONG), token -> true, () -> false);
    }

    private static int[] prompt(Decoder decoder, Random random, int number) {
        int tokens = SHORTEST_PROMPT + random.nextInt(LONGEST_PROMPT - SHORTEST_PROMPT);
        int common = number % 3 == 0 ? Math.min(COMMON_TOKENS, tokens) : 0;
        return IntStream.range(0, tokens)
                .map(place -> place < common ? place : random.nextInt(decoder.vocabulary()))
                .toArray();
    }

    private static void giveUp(Decoder decoder, int number) {
        var written = new AtomicInteger();
        boolean byReader = number % 2 == 0;
        Ending ending = decoder.decode(
                        new DecodeRequest(
                                prompt(decoder, new Random(number), number), GIVEN_UP_TOKENS, Sampling.GREEDY, LONG),
                        token -> written.incrementAndGet() < GIVEN_UP_AFTER || !byReader,
                        () -> !byReader && written.get() >= GIVEN_UP_AFTER)
                .ending();
        if (ending != (byReader ? Ending.SINK : Ending.CANCELLED)) {
            throw new IllegalStateException("an answer that was given up ended as " + ending);
        }
    }

    private void print(Decoder decoder, int done, int givenUp) throws IOException {
        DecoderStats stats = decoder.stats();
        while (stats.running()
                > 0) { // who reads no further returns at once, the decoder hears of it at the next border
            Thread.onSpinWait();
            stats = decoder.stats();
        }
        System.gc(); // figures of the native side must not move with the heap's garbage
        MemoryReading memory = MemoryProbe.self()
                .read()
                .orElseThrow(() -> new IllegalStateException("needs /proc/self/smaps_rollup: run it on Linux"));
        var line = new LinkedHashMap<String, Object>();
        line.put("what", "decoding-memory");
        line.put("model", String.valueOf(model.getFileName()));
        line.put("generations", done);
        line.put("cancelled", givenUp);
        line.put("anonymous_mib", mebibytes(memory.anonymous()));
        line.put("resident_mib", mebibytes(memory.rss()));
        line.put("kv_held_bytes", stats.kvHeldBytes());
        line.put("kv_reserved_bytes", stats.kvReservedBytes());
        line.put("prefix_bytes", stats.prefixBytes());
        line.put("running", stats.running());
        line.put("waiting", stats.waiting());
        line.put("open_tensors", stats.openTensors());
        line.put("threads", count("task"));
        line.put("descriptors", count("fd"));
        System.out.println(Json.MAPPER.writeValueAsString(line));
        results.add(line);
    }

    private static double mebibytes(long bytes) {
        return Math.round(10.0 * bytes / (1 << 20)) / 10.0;
    }

    private static long count(String ofSelf) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self", ofSelf))) {
            return entries.count();
        }
    }
}
