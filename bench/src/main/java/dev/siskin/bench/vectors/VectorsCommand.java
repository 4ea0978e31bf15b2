package dev.siskin.bench.vectors;

import dev.siskin.api.Filter;
import dev.siskin.api.Quantization;
import dev.siskin.bench.Latencies;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.dataset.Passages;
import dev.siskin.bench.dataset.Truth;
import dev.siskin.bench.dataset.VectorFile;
import dev.siskin.retrieval.codec.IndexBytes;
import dev.siskin.retrieval.collection.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.lucene.util.IOUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Every quantization level at every number of candidates, in this process with the service's own collection, codec and
 * vector side: candidates from the graph by the quantized vectors, exact cosines of them from the raw ones.
 *
 * <p>A level's index is built, closed, forgotten by the page cache where that is asked for, and opened again; then come
 * the rows in ascending order of candidates. Resident bytes are those that the searches so far have touched.
 */
@Command(
        name = "vectors",
        mixinStandardHelpOptions = true,
        description = "Quantization and candidates against recall, latency, memory and disk, in process.")
public final class VectorsCommand implements Callable<Integer> {
    private static final double MIB = 1 << 20;

    @Option(names = "--dataset", required = true, description = "folder written by bench/dataset")
    private Path dataset = Path.of("");

    @Option(names = "--dimensions", defaultValue = "384", description = "default: ${DEFAULT-VALUE}")
    private int dimensions = 384;

    @Option(
            names = "--quantization",
            split = ",",
            defaultValue = "none,int8,int4,int2,int1",
            description = "default: ${DEFAULT-VALUE}")
    private List<String> levels = new ArrayList<>();

    @Option(
            names = "--candidates",
            split = ",",
            defaultValue = "10,20,50,100,150,200,300,500,1000",
            description = "default: ${DEFAULT-VALUE}")
    private List<Integer> candidates = new ArrayList<>();

    @Option(names = "--k", defaultValue = "10", description = "neighbours wanted (default: ${DEFAULT-VALUE})")
    private int k = 10;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description =
                    "of each row and number of threads; all queries are asked in any case (default: ${DEFAULT-VALUE})")
    private int seconds = 5;

    @Option(
            names = "--quiet",
            defaultValue = "25",
            description = "seconds without a merge after which they are over (default: ${DEFAULT-VALUE})")
    private int quiet = 25;

    @Option(names = "--work", description = "folder for the index, removed at the end (default: the system's)")
    private List<Path> work = new ArrayList<>();

    @Option(
            names = "--drop-caches",
            description = "have the kernel forget all files before the searches, for this machine; needs root")
    private boolean dropCaches;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws IOException {
        System.out.println(MachineFacts.line());
        Truth truth = Truth.read(dataset.resolve("truth.i32"));
        try (VectorFile queries = VectorFile.open(dataset.resolve("queries.f32"), dimensions)) {
            float[][] asked = queries.readAll();
            for (String level : levels) {
                Quantization quantization = Quantization.valueOf(level.toUpperCase(Locale.ROOT));
                Path folder = work.isEmpty()
                        ? Files.createTempDirectory("siskin-bench-")
                        : Files.createTempDirectory(work.getFirst(), "siskin-bench-");
                try {
                    measure(quantization, folder, asked, truth);
                } finally {
                    IOUtils.rm(folder);
                }
            }
        }
        return 0;
    }

    private void measure(Quantization quantization, Path folder, float[][] queries, Truth truth) throws IOException {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("what", "vectors");
        figures.put("quantization", quantization.name().toLowerCase(Locale.ROOT));
        build(quantization, folder, figures);
        figures.put("caches_dropped", dropCaches && ResidentBytes.dropCaches());
        System.out.printf(
                Locale.ROOT,
                "%n%s%n%10s %8s %9s %8s %8s %8s %8s %8s %9s %9s %9s %9s%n",
                figures,
                "candidates",
                "recall",
                "visited",
                "mean ms",
                "p50 ms",
                "p99 ms",
                "QPS 1",
                "QPS 2",
                "warm MiB",
                "raw",
                "quantized",
                "graph");
        try (VectorIndex index = VectorIndex.open(folder);
                Snapshot snapshot = index.collection().snapshot()) {
            int[] numbers = VectorIndex.numbers(snapshot);
            for (int wanted : candidates.stream().sorted().toList()) {
                row(snapshot, numbers, queries, truth, wanted, folder, figures);
            }
        }
    }

    private void build(Quantization quantization, Path folder, Map<String, Object> figures) throws IOException {
        long began = System.nanoTime();
        try (VectorIndex index = VectorIndex.create(folder, quantization, dimensions);
                MergeClock merges = new MergeClock();
                Passages passages = new Passages(
                        dataset.resolve("corpus.jsonl"),
                        dataset.resolve("vectors.f32"),
                        dimensions,
                        Integer.MAX_VALUE)) {
            index.store(passages);
            double stored = (System.nanoTime() - began) / 1e9;
            double settled = merges.awaitTidy(index, quiet) - began / 1e9;
            IndexBytes bytes = index.collection().bytesOnDisk();
            figures.put("docs", passages.count());
            figures.put("docs_per_s", Math.round(passages.count() / stored));
            figures.put("settled_s", Math.round(settled));
            figures.put("merge_cpu_s", Math.round(merges.seconds()));
            figures.put("segments", index.segments());
            figures.put("disk_raw_mib", mib(bytes.rawVectors()));
            figures.put("disk_quantized_mib", mib(bytes.quantized()));
            figures.put("disk_graph_mib", mib(bytes.graph()));
            figures.put("disk_postings_mib", mib(bytes.postings()));
            figures.put("disk_text_mib", mib(bytes.storedText()));
            figures.put("disk_mib", mib(bytes.total()));
        }
    }

    private void row(
            Snapshot snapshot,
            int[] numbers,
            float[][] queries,
            Truth truth,
            int wanted,
            Path folder,
            Map<String, Object> figures)
            throws IOException {
        if (wanted < k) {
            throw new IllegalArgumentException("--candidates must be at least k=%d: %d".formatted(k, wanted));
        }
        run(1, 0, snapshot, numbers, queries, truth, wanted);
        SearchRun alone =
                run(1, seconds, snapshot, numbers, queries, truth, wanted).getFirst();
        long began = System.nanoTime();
        int both = run(2, seconds, snapshot, numbers, queries, truth, wanted).stream()
                .mapToInt(run -> run.millis().count())
                .sum();
        double bothSeconds = (System.nanoTime() - began) / 1e9;
        ResidentBytes resident = ResidentBytes.of(folder);
        Latencies millis = alone.millis();
        var row = new LinkedHashMap<String, Object>(figures);
        row.put("candidates", wanted);
        row.put("recall", alone.recall());
        row.put("visited", alone.visited());
        row.put("mean_ms", millis.mean());
        row.put("p50_ms", millis.quantile(0.5));
        row.put("p99_ms", millis.quantile(0.99));
        row.put("qps_1", 1000 / millis.mean());
        row.put("qps_2", both / bothSeconds);
        row.put("warm_mib", mib(resident.all()));
        row.put("warm_raw_mib", mib(resident.raw()));
        row.put("warm_quantized_mib", mib(resident.quantized()));
        row.put("warm_graph_mib", mib(resident.graph()));
        results.add(row);
        System.out.printf(
                Locale.ROOT,
                "%10d %8.4f %9.0f %8.3f %8.3f %8.3f %8.0f %8.0f %9.1f %9.1f %9.1f %9.1f%n",
                wanted,
                alone.recall(),
                alone.visited(),
                millis.mean(),
                millis.quantile(0.5),
                millis.quantile(0.99),
                1000 / millis.mean(),
                both / bothSeconds,
                mib(resident.all()),
                mib(resident.raw()),
                mib(resident.quantized()),
                mib(resident.graph()));
    }

    private List<SearchRun> run(
            int threads, int atLeast, Snapshot snapshot, int[] numbers, float[][] queries, Truth truth, int wanted)
            throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(atLeast).toNanos();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<SearchRun> runs = IntStream.range(0, threads)
                    .mapToObj(thread -> new SearchRun(
                            snapshot,
                            numbers,
                            queries,
                            truth,
                            new Filter.All(),
                            wanted,
                            k,
                            end,
                            queries.length * thread / threads))
                    .toList();
            var finished = new ArrayList<SearchRun>();
            for (Future<SearchRun> run : pool.invokeAll(runs)) {
                finished.add(run.get());
            }
            return finished;
        } catch (ExecutionException failed) {
            throw new IOException("a search failed: " + failed.getCause(), failed);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stop);
        }
    }

    private static double mib(long bytes) {
        return Math.round(bytes / MIB * 10) / 10.0;
    }
}
