package dev.siskin.bench.decoding;

import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.Squad;
import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.decoding.DecodeRequest;
import dev.siskin.inference.decoding.Decoded;
import dev.siskin.inference.decoding.Decoder;
import dev.siskin.inference.decoding.DecoderLimits;
import dev.siskin.inference.decoding.DecoderStats;
import dev.siskin.inference.decoding.Drafting;
import dev.siskin.inference.decoding.ModelFolder;
import dev.siskin.inference.decoding.Recorded;
import dev.siskin.inference.decoding.Sampling;
import dev.siskin.inference.decoding.TokenChoice;
import dev.siskin.inference.generation.local.LocalPrompt;
import dev.siskin.inference.packing.Passage;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Home;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What prompt lookup gains on answers that quote their passages: questions of SQuAD over some paragraphs, one at a time,
 * with drafts and without, in turn. siskin-mini writes the answers. The model that is measured writes the same ones from
 * the same prompts, whatever it would say itself, so that its weights may be random: see {@link Recorded}. siskin-mini
 * itself writes as it does.
 *
 * <pre>./siskin bench drafts --data DIR [--model DIR]</pre>
 */
@Command(
        name = "drafts",
        mixinStandardHelpOptions = true,
        description = "Measures how much faster answers that quote their passages are written with prompt lookup.")
public final class DraftsCommand implements Callable<Integer> {
    private static final Duration LONG = Duration.ofHours(1);
    private static final String OWN = "siskin-mini";
    private static final long SEED = 20_260_101;
    private static final long KV_BYTES = 1L << 30;

    @Option(names = "--data", required = true, description = "folder with SQuAD 1.1 dev")
    private Path data = Path.of("");

    @Option(names = "--model", description = "a model's folder, whose vocabulary has 6,144 ids; default: siskin-mini")
    private Optional<Path> model = Optional.empty();

    @Option(names = "--graph", defaultValue = "", description = "file name of the graph; default: the best there is")
    private String graph = "";

    @Option(names = "--threads", description = "default: one a processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--questions", defaultValue = "30", description = "default: ${DEFAULT-VALUE}")
    private int questions = 30;

    @Option(names = "--paragraphs", defaultValue = "3", description = "in a prompt; default: ${DEFAULT-VALUE}")
    private int paragraphs = 3;

    @Option(names = "--new-tokens", defaultValue = "96", description = "default: ${DEFAULT-VALUE}")
    private int newTokens = 96;

    @Option(names = "--rounds", defaultValue = "3", description = "the median counts; default: ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Mixin
    private ResultLines results = new ResultLines();

    @SuppressWarnings("ArrayRecordComponent") // compared with nothing
    private record Written(int[] prompt, int[] answer) {}

    /** How long the tokens behind the first of each answer took. */
    private record Round(long tokens, long nanos, long runs) {
        double tokensPerSecond() {
            return tokens * 1e9 / Math.max(1, nanos);
        }
    }

    @Override
    public Integer call() throws Exception {
        Path home = Home.folder();
        NativeLibraries.name(NativeLibraries.folder(Settings.of(Map.of()), home));
        Path own = GeneratorLibrary.of(home, Home.data(home))
                .find(OWN)
                .orElseThrow(() -> new IOException(OWN + " is not in " + home));
        List<Written> answers = answers(own);
        boolean isOwn = model.isEmpty();
        ModelFolder folder = ModelFolder.open(model.orElse(own), graph).withoutEndTokens();
        try (Decoder plain = open(folder, Drafting.NONE);
                Decoder drafting = open(folder, Drafting.PROMPT_LOOKUP)) {
            List<Round> without = new ArrayList<>();
            List<Round> with = new ArrayList<>();
            run(plain, answers.subList(0, 1), isOwn); // warm-up
            run(drafting, answers.subList(0, 1), isOwn);
            for (int round = 0; round < rounds; round++) {
                without.add(run(plain, answers, isOwn));
                with.add(run(drafting, answers, isOwn));
            }
            print(folder, answers, median(without), median(with), drafting.stats());
        }
        return 0;
    }

    private Decoder open(ModelFolder folder, Drafting drafting) {
        var limits = new DecoderLimits(1, KV_BYTES, Integer.MAX_VALUE, threads, DecoderLimits.DEFAULT_PREFILL_CHUNK);
        return Decoder.open(folder, limits, drafting, Optional.empty());
    }

    /** What siskin-mini writes. */
    private List<Written> answers(Path own) throws IOException {
        Squad squad = Squad.read(data);
        List<Written> answers = new ArrayList<>();
        try (LocalPrompt prompts = LocalPrompt.open(own, Clock.systemUTC());
                Decoder decoder = open(ModelFolder.open(own), Drafting.NONE)) {
            for (Squad.Question question : squad.draw(questions, SEED)) {
                int[] prompt = prompts.of(
                                question.text(),
                                passages(squad, question.paragraph()),
                                decoder.contextTokens() - newTokens)
                        .ids();
                int[] answer = new int[newTokens];
                var count = new int[1];
                decode(decoder, prompt, Sampling.GREEDY, newTokens, token -> answer[count[0]++] = token);
                if (count[0] > 1) {
                    answers.add(new Written(prompt, Arrays.copyOf(answer, count[0])));
                }
            }
        }
        return answers;
    }

    private List<Passage> passages(Squad squad, int first) {
        return IntStream.range(0, paragraphs)
                .map(i -> (first + i) % squad.paragraphs().size())
                .mapToObj(i -> passage(i, squad.paragraphs().get(i).text()))
                .toList();
    }

    private static Passage passage(int number, String text) {
        var hit = new Hit(
                "p" + number,
                0,
                1,
                new Hit.Scores(null, null, null),
                new Hit.Ranks(1, 1),
                text,
                null,
                null,
                null,
                null,
                null,
                0,
                text.length(),
                null,
                List.of());
        return new Passage(hit, text, 0);
    }

    private interface Sink {
        void accept(int token);
    }

    private static Decoded decode(Decoder decoder, int[] prompt, TokenChoice choice, int most, Sink sink) {
        return decoder.decode(
                new DecodeRequest(prompt, most, choice, LONG, 0),
                token -> {
                    sink.accept(token);
                    return true;
                },
                () -> false);
    }

    private static Round run(Decoder decoder, List<Written> answers, boolean isOwn) {
        DecoderStats before = decoder.stats();
        long tokens = 0;
        long nanos = 0;
        for (Written written : answers) {
            TokenChoice choice = isOwn ? Sampling.GREEDY : new Recorded(written.answer());
            Decoded decoded = decode(decoder, written.prompt(), choice, written.answer().length, _ -> {});
            tokens += decoded.newTokens() - 1;
            nanos += decoded.decoding().toNanos();
        }
        DecoderStats after = decoder.stats();
        long accepted = after.acceptedTokens() - before.acceptedTokens();
        return new Round(tokens, nanos, tokens - accepted);
    }

    private static Round median(List<Round> rounds) {
        return rounds.stream()
                .sorted((a, b) -> Double.compare(a.tokensPerSecond(), b.tokensPerSecond()))
                .toList()
                .get(rounds.size() / 2);
    }

    private void print(ModelFolder folder, List<Written> answers, Round without, Round with, DecoderStats drafts)
            throws IOException {
        var line = new LinkedHashMap<String, Object>();
        line.put("what", "drafts");
        line.put("model", String.valueOf(folder.path().getFileName()));
        line.put("graph", String.valueOf(folder.graphFile().getFileName()));
        line.put("threads", threads);
        line.put("answers", answers.size());
        line.put("prompt_tokens", mean(answers.stream().mapToInt(written -> written.prompt().length)));
        line.put("answer_tokens", mean(answers.stream().mapToInt(written -> written.answer().length)));
        line.put("tokens_per_s", rounded(without.tokensPerSecond()));
        line.put("tokens_per_s_with_drafts", rounded(with.tokensPerSecond()));
        line.put("times", rounded(with.tokensPerSecond() / without.tokensPerSecond()));
        line.put("tokens_a_run", rounded((double) with.tokens() / with.runs()));
        line.put("drafts_accepted", rounded((double) drafts.acceptedTokens() / Math.max(1, drafts.draftedTokens())));
        line.put("machine", MachineFacts.line());
        System.out.println(Json.MAPPER.writeValueAsString(line));
        results.add(line);
    }

    private static long mean(IntStream values) {
        return Math.round(values.average().orElse(0));
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
