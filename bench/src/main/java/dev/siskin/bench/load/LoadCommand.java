package dev.siskin.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.dataset.Truth;
import dev.siskin.bench.dataset.VectorFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Throughput and latency of searches over HTTP in a closed loop.
 *
 * <p>What is asked: {@code vector}, the data set's questions by their vectors, round and round; {@code text}, different
 * texts that the service embeds, each once: the first {@value #WORDS} words of passages; {@code repeated}, {@value
 * #REPEATED} questions as text, round and round. Answers carry ids and scores, no texts. Recall is of the last
 * answer to each question, against the exact neighbours.
 */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = "Searches a running server with more and more clients.")
public final class LoadCommand implements Callable<Integer> {
    private static final int WORDS = 10;
    private static final int REPEATED = 100;
    private static final int TEXTS = 50_000;
    private static final int ROUNDS_OF_WARM_UP = 3;
    private static final int MOST_WARM_UPS = 6;

    @Mixin
    private TargetOptions options = new TargetOptions();

    @Option(
            names = "--ask",
            defaultValue = "vector",
            description = "vector, text or repeated (default: ${DEFAULT-VALUE})")
    private String ask = "vector";

    @Option(
            names = "--mode",
            defaultValue = "vector",
            description = "mode of searches by text: vector, keyword or hybrid (default: ${DEFAULT-VALUE})")
    private String mode = "vector";

    @Option(
            names = "--candidates",
            split = ",",
            defaultValue = "0",
            description =
                    "candidates of a search; 0 = the server's default; several to sweep (default: ${DEFAULT-VALUE})")
    private List<Integer> candidates = new ArrayList<>();

    @Option(names = "--clients", split = ",", defaultValue = "1,2,4", description = "default: ${DEFAULT-VALUE}")
    private List<Integer> clients = new ArrayList<>();

    @Option(names = "--seconds", defaultValue = "10", description = "of each row (default: ${DEFAULT-VALUE})")
    private int seconds = 10;

    @Option(
            names = "--warm-up",
            defaultValue = "5",
            description =
                    "seconds before the first row, not counted; longer where the server is slow (default: ${DEFAULT-VALUE})")
    private int warmUp = 5;

    @Option(names = "--k", defaultValue = "10", description = "hits wanted (default: ${DEFAULT-VALUE})")
    private int k = 10;

    @Option(names = "--no-truth", description = "the collection holds other vectors than the data set: no recall")
    private boolean noTruth;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws IOException {
        Target target = options.target();
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "%-9s %10s %7s %9s %8s %8s %8s %8s %7s %7s%n",
                "ask",
                "candidates",
                "clients",
                "QPS",
                "mean ms",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "recall",
                "errors");
        for (int wanted : candidates) {
            measure(target, wanted);
        }
        return 0;
    }

    private void measure(Target target, int wanted) throws IOException {
        try (Connection connection = Connection.to(target.server())) {
            target.prepare(connection, wanted);
        }
        List<byte[]> requests = requests(target, wanted);
        if (ask.equals("text")) {
            measureOnce(target, requests);
            return;
        }
        var loop = new ClosedLoop(target.server(), requests);
        Map<Integer, byte[]> answers = warmUp(loop, requests.size());
        for (int number : clients) {
            ClosedLoop.Run run = loop.run(number, Duration.ofSeconds(seconds), false);
            run.kept().forEach(kept -> answers.put(kept.request(), kept.body()));
            report(wanted, run, recall(target, answers));
        }
    }

    /** Until the server's code is compiled: some rounds, or {@value #MOST_WARM_UPS} times as long as is usual. */
    private Map<Integer, byte[]> warmUp(ClosedLoop loop, int round) throws IOException {
        var answers = new HashMap<Integer, byte[]>();
        int sent = 0;
        for (int portion = 0; portion < MOST_WARM_UPS && sent < ROUNDS_OF_WARM_UP * round; portion++) {
            ClosedLoop.Run run = loop.run(2, Duration.ofSeconds(warmUp), false);
            run.kept().forEach(kept -> answers.put(kept.request(), kept.body()));
            sent += run.millis().count();
        }
        return answers;
    }

    /** Every text is sent at most once, so that none is answered from a cache. */
    private void measureOnce(Target target, List<byte[]> requests) throws IOException {
        int rows = clients.size() + 1;
        int portion = requests.size() / rows;
        new ClosedLoop(target.server(), requests.subList(0, portion)).run(1, Duration.ofSeconds(warmUp), true);
        for (int row = 1; row < rows; row++) {
            var loop = new ClosedLoop(target.server(), requests.subList(row * portion, (row + 1) * portion));
            report(0, loop.run(clients.get(row - 1), Duration.ofSeconds(seconds), true), Double.NaN);
        }
    }

    private List<byte[]> requests(Target target, int wanted) throws IOException {
        var requests = new ArrayList<byte[]>();
        switch (ask) {
            case "vector" -> {
                try (VectorFile queries = VectorFile.open(options.file("queries.f32"), options.dimensions())) {
                    for (float[] query : queries.readAll()) {
                        requests.add(target.search(query, k, wanted));
                    }
                }
            }
            case "text" -> addTexts(target, "corpus.jsonl", TEXTS, requests);
            case "repeated" -> addTexts(target, "queries.jsonl", REPEATED, requests);
            default -> throw new IllegalArgumentException("--ask must be vector, text or repeated: " + ask);
        }
        return requests;
    }

    private void addTexts(Target target, String file, int most, List<byte[]> requests) throws IOException {
        if (!(target instanceof Target.Siskin siskin)) {
            throw new IllegalArgumentException("only --target siskin embeds texts; use --ask vector");
        }
        try (BufferedReader lines = Files.newBufferedReader(options.file(file))) {
            for (String line = lines.readLine(); line != null && requests.size() < most; line = lines.readLine()) {
                JsonNode text = Json.MAPPER.readTree(line).get("text");
                String words = Arrays.stream(text.asText().split(" ", -1))
                        .limit(file.equals("corpus.jsonl") ? WORDS : Integer.MAX_VALUE)
                        .collect(Collectors.joining(" "));
                requests.add(siskin.searchText(words, k, mode));
            }
        }
    }

    /** Of the last answer to each question; not a number where there is nothing to compare with. */
    private double recall(Target target, Map<Integer, byte[]> answers) throws IOException {
        if (noTruth || !ask.equals("vector") || answers.isEmpty()) {
            return Double.NaN;
        }
        Truth truth = Truth.read(options.file("truth.i32"));
        double sum = 0;
        for (Map.Entry<Integer, byte[]> answer : answers.entrySet()) {
            sum += truth.recall(answer.getKey(), target.found(answer.getValue()), k);
        }
        return sum / answers.size();
    }

    private void report(int wanted, ClosedLoop.Run run, double recall) throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%-9s %10s %7d %9.0f %8.2f %8.2f %8.2f %8.2f %7s %7d%n",
                ask,
                wanted == 0 ? "default" : String.valueOf(wanted),
                run.clients(),
                run.perSecond(),
                run.millis().mean(),
                run.millis().quantile(0.5),
                run.millis().quantile(0.95),
                run.millis().quantile(0.99),
                Double.isNaN(recall) ? "-" : String.format(Locale.ROOT, "%.4f", recall),
                run.errors());
        var row = new LinkedHashMap<String, Object>();
        row.put("what", "load");
        row.put("ask", ask);
        row.put("candidates", wanted);
        row.put("clients", run.clients());
        row.put("qps", run.perSecond());
        row.put("mean_ms", run.millis().mean());
        row.put("p50_ms", run.millis().quantile(0.5));
        row.put("p95_ms", run.millis().quantile(0.95));
        row.put("p99_ms", run.millis().quantile(0.99));
        if (!Double.isNaN(recall)) {
            row.put("recall", recall);
        }
        row.put("errors", run.errors());
        results.add(row);
    }
}
