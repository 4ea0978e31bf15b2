package dev.siskin.bench.decoding;

import dev.siskin.api.Json;
import dev.siskin.bench.ResultLines;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.DecoderStats;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Home;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Random prompts through the decoder of the inference-service, one to eight at once, and beside them the same step of ONNX
 * Runtime over and over, with all tensors made before: what no decoder can exceed. Weights may be random, too; end tokens
 * do not count.
 *
 * <pre>./siskin bench decoding --model DIR</pre>
 */
@Command(
        name = "decoding",
        mixinStandardHelpOptions = true,
        description = "Measures tokens a second of a local decoder model, and of ONNX Runtime's step alone.")
public final class DecodingCommand implements Callable<Integer> {
    private static final Duration LONG = Duration.ofHours(1);

    /** Until the compiler has seen the loop: it matters where a step takes a millisecond. */
    private static final int WARM_UP_ROUNDS = 5;

    @Option(names = "--model", required = true, description = "the model's folder")
    private Path model = Path.of("");

    @Option(names = "--graph", defaultValue = "", description = "file name of the graph; default: the best there is")
    private String graph = "";

    @Option(names = "--threads", description = "default: one a processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--batches", split = ",", defaultValue = "1,4,8", description = "default: ${DEFAULT-VALUE}")
    private List<Integer> batches = List.of();

    @Option(names = "--prompt-tokens", defaultValue = "256", description = "default: ${DEFAULT-VALUE}")
    private int promptTokens = 256;

    @Option(names = "--new-tokens", defaultValue = "64", description = "default: ${DEFAULT-VALUE}")
    private int newTokens = 64;

    @Option(names = "--chunk", description = "tokens of a prompt in one run; default: ${DEFAULT-VALUE}")
    private int chunk = DecoderLimits.DEFAULT_PREFILL_CHUNK;

    @Option(names = "--packed", description = "directory for weights in the layout of this processor; default: none")
    private List<Path> packed = List.of();

    @Option(names = "--rounds", defaultValue = "3", description = "the median counts; default: ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Mixin
    private ResultLines results = new ResultLines();

    private record Speed(double prefill, double decode) {}

    @Override
    public Integer call() throws Exception {
        NativeLibraries.name(NativeLibraries.folder(Settings.of(Map.of()), Home.folder()));
        ModelFolder folder = ModelFolder.open(model, graph).withoutEndTokens();
        int most = Collections.max(batches);
        var limits = new DecoderLimits(most, 8L << 30, promptTokens + newTokens, threads, chunk);
        try (Decoder decoder = Decoder.open(
                        folder, limits, Drafting.NONE, packed.stream().findFirst());
                StepAlone step = StepAlone.open(folder, decoder.isCacheShared(), threads)) {
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                run(decoder, 1);
            }
            for (int batch : batches) {
                List<Double> prefill = new ArrayList<>();
                List<Double> decode = new ArrayList<>();
                List<Double> alone = new ArrayList<>();
                List<Double> share = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    Speed speed = run(decoder, batch);
                    prefill.add(speed.prefill());
                    decode.add(speed.decode());
                    alone.add(step.tokensPerSecond(batch, promptTokens + newTokens / 2, newTokens));
                    share.add(speed.decode() / alone.getLast());
                }
                print(decoder, batch, median(prefill), median(decode), median(alone), median(share));
            }
        }
        return 0;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** Prompts together; decoding is measured while all of them write. */
    private Speed run(Decoder decoder, int batch) throws Exception {
        var random = new Random(batch);
        var begun = new CountDownLatch(batch);
        var began = new AtomicReference<@Nullable DecoderStats>();
        var ended = new AtomicReference<@Nullable DecoderStats>();
        DecoderStats before = decoder.stats();
        try (ExecutorService callers = Executors.newFixedThreadPool(batch)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                int[] prompt =
                        random.ints(promptTokens, 0, decoder.vocabulary()).toArray();
                all.add(callers.submit(() -> {
                    var isFirst = new boolean[] {true};
                    decoder.decode(
                            new DecodeRequest(
                                    prompt, newTokens, Sampling.GREEDY, LONG, 0), // each round runs its prompts
                            token -> {
                                if (isFirst[0]) {
                                    isFirst[0] = false;
                                    begun.countDown();
                                    if (begun.getCount() == 0) {
                                        began.compareAndSet(null, decoder.stats());
                                    }
                                }
                                return true;
                            },
                            () -> false);
                    ended.compareAndSet(null, decoder.stats());
                }));
            }
            for (Future<?> sequence : all) {
                sequence.get();
            }
        }
        DecoderStats together = Objects.requireNonNull(began.get());
        DecoderStats after = Objects.requireNonNull(ended.get());
        return new Speed(
                perSecond(after.prefillTokens() - before.prefillTokens(), after.prefillNanos() - before.prefillNanos()),
                perSecond(
                        after.decodeTokens() - together.decodeTokens(), after.decodeNanos() - together.decodeNanos()));
    }

    private static double perSecond(long tokens, long nanos) {
        return tokens * 1e9 / Math.max(1, nanos);
    }

    private void print(Decoder decoder, int batch, double prefill, double decode, double alone, double share)
            throws IOException {
        var line = new LinkedHashMap<String, Object>();
        line.put("what", "decoding");
        line.put("model", String.valueOf(model.getFileName()));
        line.put("threads", threads);
        line.put("batch", batch);
        line.put("prompt_tokens", promptTokens);
        line.put("new_tokens", newTokens);
        line.put("kv_bytes_per_token", decoder.bytesPerToken());
        line.put("prefill_tokens_per_s", rounded(prefill));
        line.put("decode_tokens_per_s", rounded(decode));
        line.put("step_alone_tokens_per_s", rounded(alone));
        line.put("share_of_step_alone", Math.round(1000 * share) / 1000.0);
        System.out.println(Json.MAPPER.writeValueAsString(line));
        results.add(line);
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
