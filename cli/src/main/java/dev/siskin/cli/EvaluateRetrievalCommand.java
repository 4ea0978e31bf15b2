package dev.siskin.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.cli.evaluate.BeirFolder;
import dev.siskin.cli.evaluate.Comparison;
import dev.siskin.cli.evaluate.Evaluation;
import dev.siskin.cli.evaluate.EvaluationFile;
import dev.siskin.cli.evaluate.EvaluationPrinter;
import dev.siskin.cli.evaluate.JudgedCorpus;
import dev.siskin.cli.evaluate.RetrievalEvaluator;
import dev.siskin.cli.evaluate.RetrievalEvaluator.Candidate;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.Progress;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the rankings of a collection over judged queries, and compares them with earlier or other ones. */
@Command(
        name = "retrieval",
        description = {
            "Measure nDCG@10, recall and MRR@10 of a collection over judged queries in BEIR's layout.",
            "Index the documents first: siskin index --format jsonl DIR/corpus.jsonl --collection NAME."
        },
        footer = {
            "",
            "Exit status 1: failed, or answers were degraded and the figures are not whole.",
            "Exit status 4: nDCG@10 of a mode has fallen by more than --max-loss.",
            "",
            "Examples:",
            "  siskin evaluate retrieval --corpus ~/scifact --collection scifact --save before.json",
            "  siskin evaluate retrieval --corpus ~/scifact --collection scifact --baseline before.json",
            "  siskin evaluate retrieval --corpus ~/scifact -c scifact-int1 --baseline-collection scifact"
        })
final class EvaluateRetrievalCommand implements Callable<Integer> {
    /** The exit status where a comparison was not passed. */
    static final int WORSE = 4;

    private static final double DEFAULT_MAX_LOSS = .01;
    private static final int MOST_CONCURRENT = 64;

    private final Invocation invocation;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli injects it
    private CommandSpec spec;

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            required = true,
            description = "Folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv.")
    Path corpus = Path.of("");

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "test",
            description = "Judgments to measure with; default: ${DEFAULT-VALUE}.")
    String split = "test";

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = IndexCommand.DEFAULT_COLLECTION,
            description = "Collection to measure; default: ${DEFAULT-VALUE}.")
    String collection = IndexCommand.DEFAULT_COLLECTION;

    @Option(
            names = "--source-name",
            paramLabel = "NAME",
            description = "First part of the documents' ids; default: the name of the folder.")
    @Nullable
    String sourceName;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            split = ",",
            description = "keyword, vector or hybrid; may be repeated; default: all three.")
    List<SearchCommand.Mode> modes =
            List.of(SearchCommand.Mode.keyword, SearchCommand.Mode.vector, SearchCommand.Mode.hybrid);

    @Option(
            names = {"-k", "--k"},
            paramLabel = "N",
            split = ",",
            defaultValue = "10,100",
            description = "Ranks down to which recall is measured; default: ${DEFAULT-VALUE}.")
    List<Integer> recallRanks = List.of();

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "4",
            description = "Requests at once; default: ${DEFAULT-VALUE}.")
    int concurrency;

    @Option(names = "--save", paramLabel = "FILE", description = "Write the figures, with those of each query.")
    @Nullable
    Path save;

    @ArgGroup
    @Nullable
    Baseline baseline;

    @Option(
            names = "--max-loss",
            paramLabel = "X",
            description = "How far nDCG@10 may fall below the baseline; default: " + DEFAULT_MAX_LOSS + ".")
    @Nullable
    Double maxLoss;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    boolean quiet;

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    EvaluateRetrievalCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** What to compare with: one of the two. */
    static final class Baseline {
        @Option(names = "--baseline", paramLabel = "FILE", description = "Compare with what --save wrote.")
        @Nullable
        Path file;

        @Option(
                names = "--baseline-collection",
                paramLabel = "NAME",
                description = "Compare with another collection, measured now.")
        @Nullable
        String collection;

        String name() {
            return file == null ? "collection " + collection : file.toString();
        }
    }

    /** What {@code --json} prints. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Report(
            Evaluation evaluation,
            @Nullable Evaluation baseline,
            @Nullable Comparison comparison) {}

    @Override
    public Integer call() throws InterruptedException {
        requireSensible();
        JudgedCorpus judged = JudgedCorpus.read(new BeirFolder(corpus), split, Optional.ofNullable(sourceName));
        if (judged.unjudgeable() > 0) {
            warn(Amounts.count(judged.unjudgeable(), "judged query") + " left out: no document of it is relevant");
        }
        Optional<Evaluation> saved = saved(judged);
        try (ServiceClient client = retrieval.connect(invocation)) {
            var evaluator = new RetrievalEvaluator(client, judged, recallRanks, concurrency, this::warn);
            Candidate candidate = evaluator.check(collection);
            Optional<Candidate> rival = baseline == null || baseline.collection == null
                    ? Optional.empty()
                    : Optional.of(evaluator.check(baseline.collection));
            Evaluation now;
            Optional<Evaluation> before = saved;
            long total = (long) judged.queries().size() * wireModes().size() * (rival.isPresent() ? 2 : 1);
            try (Progress progress = Progress.start(invocation.terminal(), quiet, "queries", total)) {
                if (rival.isPresent()) {
                    before = Optional.of(evaluator.evaluate(rival.get(), wireModes(), progress));
                }
                now = evaluator.evaluate(candidate, wireModes(), progress);
            }
            return report(now, before);
        }
    }

    private List<SearchMode> wireModes() {
        return modes.stream().distinct().map(SearchCommand.Mode::wire).toList();
    }

    private void requireSensible() {
        for (int k : recallRanks) {
            require(k >= 1 && k <= SearchRequest.MAX_K, "--k must be 1 to %d: %d".formatted(SearchRequest.MAX_K, k));
        }
        require(
                concurrency >= 1 && concurrency <= MOST_CONCURRENT,
                "--concurrency must be 1 to %d: %d".formatted(MOST_CONCURRENT, concurrency));
        require(
                maxLoss == null || (maxLoss >= 0 && maxLoss <= 1),
                String.format(Locale.ROOT, "--max-loss must be 0 to 1: %s", maxLoss));
        require(maxLoss == null || baseline != null, "--max-loss needs --baseline or --baseline-collection");
        require(
                baseline == null || !collection.equals(baseline.collection),
                "--baseline-collection must be another than --collection: " + collection);
        if (save != null) {
            require(
                    baseline == null || baseline.file == null || !isSameFile(save, baseline.file),
                    "--save must not name the file of --baseline: " + save);
            EvaluationFile.requireWritable(save);
        }
    }

    private void require(boolean isSensible, String complaint) {
        if (!isSensible) {
            throw new ParameterException(spec.commandLine(), complaint);
        }
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException unreadable) {
            return false;
        }
    }

    private Optional<Evaluation> saved(JudgedCorpus judged) {
        if (baseline == null || baseline.file == null) {
            return Optional.empty();
        }
        Evaluation saved = EvaluationFile.read(baseline.file);
        Comparison.require(baseline.name(), saved, judged.judgments(), wireModes());
        return Optional.of(saved);
    }

    private int report(Evaluation now, Optional<Evaluation> before) {
        boolean isWhole = now.isComplete() && before.map(Evaluation::isComplete).orElse(true);
        Optional<Comparison> comparison = before.filter(ignored -> isWhole)
                .map(baselined -> Comparison.of(baselined, now, maxLoss == null ? DEFAULT_MAX_LOSS : maxLoss));
        if (save != null && isWhole) {
            EvaluationFile.write(save, now);
        }
        print(now, before, comparison);
        before.ifPresent(this::tellGaps);
        tellGaps(now);
        if (!isWhole) {
            invocation
                    .terminal()
                    .error(
                            "siskin",
                            "answers were degraded: the figures leave them out"
                                    + (save == null ? "" : ", and are not saved")
                                    + "; see that the service is well (./siskin status) and measure again");
            return 1;
        }
        List<String> losses = comparison.map(Comparison::losses).orElse(List.of());
        if (!losses.isEmpty()) {
            invocation
                    .terminal()
                    .error(
                            "siskin",
                            "nDCG@10 has fallen by more than %s: %s"
                                    .formatted(comparison.get().maxLoss(), String.join(", ", losses)));
            return WORSE;
        }
        return 0;
    }

    private void print(Evaluation now, Optional<Evaluation> before, Optional<Comparison> comparison) {
        if (output.json) {
            Output.printJson(
                    invocation,
                    new Report(now.summary(), before.map(Evaluation::summary).orElse(null), comparison.orElse(null)));
            return;
        }
        var printer = new EvaluationPrinter(invocation.terminal());
        before.ifPresent(printer::print);
        printer.print(now);
        if (comparison.isPresent() && baseline != null) {
            printer.print(baseline.name(), comparison.get());
        }
    }

    /** Answers that fell short, and queries for which nothing was found. */
    private void tellGaps(Evaluation evaluation) {
        for (Evaluation.ModeResult mode : evaluation.modes()) {
            String where =
                    evaluation.collection().name() + ", " + mode.mode().name().toLowerCase(Locale.ROOT);
            mode.degraded()
                    .forEach((how, answers) -> warn("%s: %d of %d answers degraded, %s"
                            .formatted(where, answers, evaluation.judgments().queries(), how)));
            if (mode.withoutHits() > 0) {
                warn("%s: nothing found for %d of %d queries, which count as 0"
                        .formatted(where, mode.withoutHits(), mode.queries()));
            }
        }
    }

    private void warn(String text) {
        invocation.terminal().error("warning", text);
    }
}
