package dev.siskin.bench.decoding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.bench.ResultLines;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a sequence gets, greedy, beside others and with drafts, compared with what it gets alone, token by token. Behind the
 * first token that differs all others follow from it, so what counts is how many come before it.
 *
 * <pre>./siskin bench agreement --model DIR --prompts DIR/reference.json</pre>
 */
@Command(
        name = "agreement",
        mixinStandardHelpOptions = true,
        description =
                "Compares what a local decoder model writes in batches and with drafts with what it writes alone.")
public final class AgreementCommand implements Callable<Integer> {
    private static final Duration LONG = Duration.ofHours(1);
    private static final int RANDOM_PROMPTS = 50;
    private static final int RANDOM_PROMPT_TOKENS = 64;
    private static final long KV_BYTES = 2L << 30;

    @Option(names = "--model", required = true, description = "the model's folder")
    private Path model = Path.of("");

    @Option(names = "--graph", defaultValue = "", description = "file name of the graph; default: the best there is")
    private String graph = "";

    @Option(
            names = "--prompts",
            description = "JSON with prompts[].ids, as scripts/generator writes it; default: " + RANDOM_PROMPTS + " of "
                    + RANDOM_PROMPT_TOKENS + " random tokens")
    private Optional<Path> prompts = Optional.empty();

    @Option(names = "--new-tokens", defaultValue = "64", description = "default: ${DEFAULT-VALUE}")
    private int newTokens = 64;

    @Option(names = "--batches", split = ",", defaultValue = "4,8", description = "default: ${DEFAULT-VALUE}")
    private List<Integer> batches = List.of();

    @Option(names = "--threads", description = "default: one a processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws Exception {
        NativeLibraries.name(NativeLibraries.folder(Settings.of(Map.of()), Home.folder()));
        ModelFolder folder = ModelFolder.open(model, graph);
        List<int[]> read;
        List<List<Integer>> alone;
        try (Decoder decoder = open(folder, 1, Drafting.NONE)) {
            read = prompts(decoder);
            alone = written(decoder, read, 1);
            print(folder, "alone again", alone, written(decoder, read, 1), Optional.empty());
        }
        for (int batch : batches) {
            try (Decoder decoder = open(folder, batch, Drafting.NONE)) {
                print(folder, "batch of " + batch, alone, written(decoder, read, batch), Optional.empty());
            }
        }
        try (Decoder decoder = open(folder, 1, Drafting.PROMPT_LOOKUP)) {
            List<List<Integer>> drafted = written(decoder, read, 1);
            print(folder, "drafts", alone, drafted, Optional.of(decoder.stats().acceptedTokens()));
        }
        return 0;
    }

    private Decoder open(ModelFolder folder, int sequences, Drafting drafting) {
        var limits =
                new DecoderLimits(sequences, KV_BYTES, Integer.MAX_VALUE, threads, DecoderLimits.DEFAULT_PREFILL_CHUNK);
        return Decoder.open(folder, limits, drafting, Optional.empty());
    }

    private List<int[]> prompts(Decoder decoder) throws IOException {
        if (prompts.isEmpty()) {
            var random = new Random(RANDOM_PROMPTS);
            return Stream.generate(() -> random.ints(RANDOM_PROMPT_TOKENS, 0, decoder.vocabulary())
                            .toArray())
                    .limit(RANDOM_PROMPTS)
                    .toList();
        }
        List<int[]> read = new ArrayList<>();
        for (JsonNode prompt : Json.MAPPER.readTree(prompts.get().toFile()).path("prompts")) {
            read.add(Json.MAPPER.convertValue(prompt.path("ids"), int[].class));
        }
        return read;
    }

    /** So many at once; one that ends makes room for the next. */
    private List<List<Integer>> written(Decoder decoder, List<int[]> read, int atOnce) throws Exception {
        try (ExecutorService callers = Executors.newFixedThreadPool(atOnce)) {
            List<Future<List<Integer>>> all = new ArrayList<>();
            for (int[] prompt : read) {
                all.add(callers.submit(() -> {
                    List<Integer> tokens = new ArrayList<>();
                    var request = new DecodeRequest(prompt, newTokens, Sampling.GREEDY, LONG, 0);
                    decoder.decode(request, tokens::add, () -> false);
                    return tokens;
                }));
            }
            List<List<Integer>> written = new ArrayList<>();
            for (Future<List<Integer>> sequence : all) {
                written.add(sequence.get());
            }
            return written;
        }
    }

    private void print(
            ModelFolder folder,
            String how,
            List<List<Integer>> alone,
            List<List<Integer>> others,
            Optional<Long> acceptedDrafts)
            throws IOException {
        int equal = 0;
        long tokens = 0;
        long before = 0;
        for (int i = 0; i < alone.size(); i++) {
            List<Integer> one = alone.get(i);
            List<Integer> other = others.get(i);
            equal += one.equals(other) ? 1 : 0;
            tokens += one.size();
            before += IntStream.range(0, Math.min(one.size(), other.size()))
                    .filter(at -> !one.get(at).equals(other.get(at)))
                    .findFirst()
                    .orElse(Math.min(one.size(), other.size()));
        }
        var line = new LinkedHashMap<String, Object>();
        line.put("what", "agreement");
        line.put("model", String.valueOf(folder.path().getFileName()));
        line.put("graph", folder.graphFile().getFileName().toString());
        line.put("how", how);
        line.put("sequences", alone.size());
        line.put("sequences_equal", equal);
        line.put("tokens_alone", tokens);
        line.put("tokens_equal", before);
        line.put("share_of_tokens_equal", Math.round(1000.0 * before / Math.max(1, tokens)) / 1000.0);
        acceptedDrafts.ifPresent(accepted -> line.put("accepted_draft_tokens", accepted));
        System.out.println(Json.MAPPER.writeValueAsString(line));
        results.add(line);
    }
}
