package dev.siskin.bench.vectors;

import dev.siskin.api.Filter;
import dev.siskin.api.Quantization;
import dev.siskin.bench.Latencies;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.dataset.Passages;
import dev.siskin.bench.dataset.Truth;
import dev.siskin.bench.dataset.VectorFile;
import dev.siskin.retrieval.codec.Rescoring;
import dev.siskin.retrieval.collection.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.lucene.util.IOUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Filtered vector searches by how much the filter lets pass: a range over a number that was drawn for each passage, at
 * the level's default candidates, against the exact neighbours among those that pass. One thread, in this process.
 */
@Command(
        name = "filters",
        mixinStandardHelpOptions = true,
        description = "Recall and latency of filtered vector searches by selectivity, in process.")
public final class FiltersCommand implements Callable<Integer> {
    @Option(names = "--dataset", required = true, description = "folder written by bench/dataset")
    private Path dataset = Path.of("");

    @Option(names = "--dimensions", defaultValue = "384", description = "default: ${DEFAULT-VALUE}")
    private int dimensions = 384;

    @Option(names = "--quantization", defaultValue = "int4", description = "default: ${DEFAULT-VALUE}")
    private String level = "int4";

    @Option(
            names = "--shares",
            split = ",",
            defaultValue = "1,0.1,0.01,0.001,0.0001",
            description = "of the passages that pass; default: ${DEFAULT-VALUE}")
    private List<Double> shares = new ArrayList<>();

    @Option(names = "--k", defaultValue = "10", description = "neighbours wanted (default: ${DEFAULT-VALUE})")
    private int k = 10;

    @Option(names = "--seconds", defaultValue = "5", description = "of each row (default: ${DEFAULT-VALUE})")
    private int seconds = 5;

    @Option(
            names = "--quiet",
            defaultValue = "25",
            description = "seconds without a merge after which they are over (default: ${DEFAULT-VALUE})")
    private int quiet = 25;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws IOException {
        System.out.println(MachineFacts.line());
        Quantization quantization = Quantization.valueOf(level.toUpperCase(Locale.ROOT));
        Path folder = Files.createTempDirectory("siskin-bench-");
        try (VectorFile vectors = VectorFile.open(dataset.resolve("vectors.f32"), dimensions);
                VectorFile queries = VectorFile.open(dataset.resolve("queries.f32"), dimensions);
                VectorIndex index = VectorIndex.create(folder, quantization, dimensions)) {
            fill(index);
            try (Snapshot snapshot = index.collection().snapshot()) {
                int candidates = Rescoring.of(quantization).candidates(k);
                System.out.printf(
                        "%s, %d candidates, %d segments%n%10s %10s %8s %9s %8s %8s %8s%n",
                        level,
                        candidates,
                        index.segments(),
                        "share",
                        "passages",
                        "recall",
                        "visited",
                        "mean ms",
                        "p50 ms",
                        "p99 ms");
                for (double share : shares) {
                    row(snapshot, vectors, queries.readAll(), candidates, share);
                }
            }
        } finally {
            IOUtils.rm(folder);
        }
        return 0;
    }

    private void fill(VectorIndex index) throws IOException {
        try (MergeClock merges = new MergeClock();
                Passages passages = new Passages(
                        dataset.resolve("corpus.jsonl"),
                        dataset.resolve("vectors.f32"),
                        dimensions,
                        Integer.MAX_VALUE)) {
            index.store(passages);
            merges.awaitTidy(index, quiet);
        }
    }

    private void row(Snapshot snapshot, VectorFile vectors, float[][] queries, int candidates, double share)
            throws IOException {
        long below = Math.round(share * VectorIndex.DRAWS);
        Truth truth = Truth.nearest(vectors, queries, passage -> VectorIndex.draw(passage) < below);
        long passing = 0;
        for (int passage = 0; passage < vectors.count(); passage++) {
            passing += VectorIndex.draw(passage) < below ? 1 : 0;
        }
        var filter = new Filter.Range(VectorIndex.DRAW, null, null, below, null);
        int[] numbers = VectorIndex.numbers(snapshot);
        run(snapshot, numbers, queries, truth, filter, candidates, 0); // warms
        SearchRun measured = run(snapshot, numbers, queries, truth, filter, candidates, seconds);
        Latencies millis = measured.millis();
        var row = new LinkedHashMap<String, Object>();
        row.put("what", "filters");
        row.put("quantization", level);
        row.put("candidates", candidates);
        row.put("share", share);
        row.put("passages", passing);
        row.put("recall", measured.recall());
        row.put("visited", measured.visited());
        row.put("mean_ms", millis.mean());
        row.put("p50_ms", millis.quantile(0.5));
        row.put("p99_ms", millis.quantile(0.99));
        results.add(row);
        System.out.printf(
                Locale.ROOT,
                "%10s %10d %8.4f %9.0f %8.3f %8.3f %8.3f%n",
                share,
                passing,
                measured.recall(),
                measured.visited(),
                millis.mean(),
                millis.quantile(0.5),
                millis.quantile(0.99));
    }

    private SearchRun run(
            Snapshot snapshot,
            int[] numbers,
            float[][] queries,
            Truth truth,
            Filter filter,
            int candidates,
            int atLeastSeconds)
            throws IOException {
        long end = System.nanoTime() + atLeastSeconds * 1_000_000_000L;
        return new SearchRun(snapshot, numbers, queries, truth, filter, candidates, k, end, 0).call();
    }
}
