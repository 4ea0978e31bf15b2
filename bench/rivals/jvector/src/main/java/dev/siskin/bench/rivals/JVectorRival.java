package dev.siskin.bench.rivals;

import io.github.jbellis.jvector.disk.BufferedRandomAccessWriter;
import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.disk.RandomAccessReader;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndexWriter;
import io.github.jbellis.jvector.graph.disk.feature.Feature;
import io.github.jbellis.jvector.graph.disk.feature.FeatureId;
import io.github.jbellis.jvector.graph.disk.feature.InlineVectors;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * JVector with its graph and raw vectors on disk and product-quantized vectors in memory.
 *
 * <p>{@code build DATASET FOLDER} writes {@code graph} and {@code pq}; {@code search DATASET FOLDER RESULTS RECALL SECONDS
 * CANDIDATES…} sweeps the number of candidates reranked until the recall is reached and adds a line of JSON for each.
 */
public final class JVectorRival {
    private static final int DIMENSIONS = 384;
    private static final int DEPTH = 100;
    private static final int K = 10;
    private static final int CONNECTIONS = 32;
    private static final int BEAM_WIDTH = 200;
    private static final int SUBSPACES = 96;
    private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.DOT_PRODUCT;

    private JVectorRival() {}

    public static void main(String[] arguments) throws Exception {
        Path dataset = Path.of(arguments[1]);
        Path folder = Path.of(arguments[2]);
        switch (arguments[0]) {
            case "build" -> build(dataset, folder);
            case "search" ->
                search(
                        dataset,
                        folder,
                        Path.of(arguments[3]),
                        Double.parseDouble(arguments[4]),
                        Integer.parseInt(arguments[5]),
                        Arrays.stream(arguments).skip(6).mapToInt(Integer::parseInt).toArray());
            default -> throw new IllegalArgumentException("build or search: " + arguments[0]);
        }
    }

    private static void build(Path dataset, Path folder) throws IOException {
        List<VectorFloat<?>> vectors = read(dataset.resolve("vectors.f32"));
        var values = new ListRandomAccessVectorValues(vectors, DIMENSIONS);
        ProductQuantization quantization = ProductQuantization.compute(values, SUBSPACES, 256, false);
        PQVectors quantized = (PQVectors) quantization.encodeAll(values);
        try (var out = new BufferedRandomAccessWriter(folder.resolve("pq"))) {
            quantized.write(out, OnDiskGraphIndex.CURRENT_VERSION);
        }
        try (var builder = new GraphIndexBuilder(
                values, SIMILARITY, CONNECTIONS, BEAM_WIDTH, 1.2f, 1.2f, true, true)) {
            ImmutableGraphIndex graph = builder.build(values);
            try (var writer = new OnDiskGraphIndexWriter.Builder(graph, folder.resolve("graph"))
                    .with(new InlineVectors(DIMENSIONS))
                    .build()) {
                writer.write(Feature.singleStateFactory(
                        FeatureId.INLINE_VECTORS, node -> new InlineVectors.State(vectors.get(node))));
            }
        }
    }

    private static void search(
            Path dataset, Path folder, Path results, double wanted, int seconds, int[] candidates) throws Exception {
        List<VectorFloat<?>> queries = read(dataset.resolve("queries.f32"));
        int[][] truth = readTruth(dataset.resolve("truth.i32"), queries.size());
        try (ReaderSupplier graphFile = ReaderSupplierFactory.open(folder.resolve("graph"));
                ReaderSupplier quantizedFile = ReaderSupplierFactory.open(folder.resolve("pq"));
                RandomAccessReader quantizedReader = quantizedFile.get();
                OnDiskGraphIndex graph = OnDiskGraphIndex.load(graphFile)) {
            PQVectors quantized = PQVectors.load(quantizedReader);
            for (int rerank : candidates) {
                run(graph, quantized, queries, truth, rerank, 1, 0);
                List<Run> alone = run(graph, quantized, queries, truth, rerank, 1, seconds);
                List<Run> both = run(graph, quantized, queries, truth, rerank, 2, seconds);
                double recall = alone.getFirst().recall;
                double[] millis = Arrays.copyOf(alone.getFirst().millis, alone.getFirst().count);
                Arrays.sort(millis);
                String line = String.format(
                        Locale.ROOT,
                        "{\"what\":\"rival\",\"rival\":\"jvector\",\"candidates\":%d,\"recall\":%.4f,\"p50_ms\":%.4f,"
                                + "\"p99_ms\":%.4f,\"qps_1\":%.1f,\"qps_2\":%.1f}%n",
                        rerank,
                        recall,
                        millis[millis.length / 2],
                        millis[(int) (millis.length * 0.99)],
                        perSecond(alone),
                        perSecond(both));
                System.out.print(line);
                Files.writeString(results, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                if (recall >= wanted) {
                    return;
                }
            }
        }
    }

    private static double perSecond(List<Run> runs) {
        return runs.stream().mapToDouble(run -> run.count / run.seconds).sum();
    }

    private static List<Run> run(
            OnDiskGraphIndex graph,
            PQVectors quantized,
            List<VectorFloat<?>> queries,
            int[][] truth,
            int rerank,
            int threads,
            int seconds)
            throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Run> runs = IntStream.range(0, threads)
                    .mapToObj(thread -> new Run(
                            graph, quantized, queries, truth, rerank, end, queries.size() * thread / threads))
                    .toList();
            var finished = new ArrayList<Run>();
            for (Future<Run> run : pool.invokeAll(runs)) {
                finished.add(run.get());
            }
            return finished;
        }
    }

    /** One thread's searches: every query once, then on until the end. */
    private static final class Run implements Callable<Run> {
        private final OnDiskGraphIndex graph;
        private final PQVectors quantized;
        private final List<VectorFloat<?>> queries;
        private final int[][] truth;
        private final int rerank;
        private final long end;
        private final int first;
        private double[] millis = new double[1024];
        private int count;
        private double seconds;
        private double recall;

        Run(
                OnDiskGraphIndex graph,
                PQVectors quantized,
                List<VectorFloat<?>> queries,
                int[][] truth,
                int rerank,
                long end,
                int first) {
            this.graph = graph;
            this.quantized = quantized;
            this.queries = queries;
            this.truth = truth;
            this.rerank = rerank;
            this.end = end;
            this.first = first;
        }

        @Override
        public Run call() throws IOException {
            long start = System.nanoTime();
            try (var searcher = new GraphSearcher(graph)) {
                for (int sent = 0; sent < queries.size() || System.nanoTime() - end < 0; sent++) {
                    int number = (first + sent) % queries.size();
                    long began = System.nanoTime();
                    SearchResult result = search(searcher, queries.get(number));
                    note((System.nanoTime() - began) / 1e6);
                    if (sent < queries.size()) {
                        recall += recall(result, truth[number]) / queries.size();
                    }
                }
            }
            seconds = (System.nanoTime() - start) / 1e9;
            return this;
        }

        private SearchResult search(GraphSearcher searcher, VectorFloat<?> query) {
            var view = (OnDiskGraphIndex.View) searcher.getView();
            var scores = new DefaultSearchScoreProvider(
                    quantized.precomputedScoreFunctionFor(query, SIMILARITY), view.rerankerFor(query, SIMILARITY));
            return searcher.search(scores, K, rerank, 0.0f, 0.0f, Bits.ALL);
        }

        private void note(double took) {
            if (count == millis.length) {
                millis = Arrays.copyOf(millis, count * 2);
            }
            millis[count++] = took;
        }

        private static double recall(SearchResult result, int[] nearest) {
            int[] wanted = Arrays.copyOf(nearest, K);
            Arrays.sort(wanted);
            return Arrays.stream(result.getNodes())
                            .filter(found -> Arrays.binarySearch(wanted, found.node) >= 0)
                            .count()
                    / (double) K;
        }
    }

    private static List<VectorFloat<?>> read(Path file) throws IOException {
        var types = VectorizationProvider.getInstance().getVectorTypeSupport();
        var vectors = new ArrayList<VectorFloat<?>>();
        ByteBuffer buffer = ByteBuffer.allocate(DIMENSIONS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            for (long number = 0; number < channel.size() / buffer.capacity(); number++) {
                buffer.clear();
                while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
                float[] vector = new float[DIMENSIONS];
                buffer.flip().asFloatBuffer().get(vector);
                vectors.add(types.createFloatVector(vector));
            }
        }
        return vectors;
    }

    private static int[][] readTruth(Path file, int queries) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int[][] nearest = new int[queries][DEPTH];
        for (int[] row : nearest) {
            bytes.asIntBuffer().get(row);
            bytes.position(bytes.position() + DEPTH * Integer.BYTES);
        }
        return nearest;
    }
}
