package dev.siskin.bench;

import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.ServiceClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Fills collections with drawn vectors and searches them with others: where only memory and latency count.
 *
 * <p>Workload: chunks of one line of text and 384 dimensions, drawn around 1,000 centres with a fixed seed; questions
 * drawn the same way, sent with their vectors in mode {@code vector} for the best 10, to the collections in turn.
 * {@code bench/memory} starts the service in a memory control group and reads the figures around this.
 */
@Command(
        name = "collections",
        mixinStandardHelpOptions = true,
        description = "Fills and searches collections of drawn vectors.")
final class DrawnCollectionsCommand implements Callable<Integer> {
    private static final int DIMENSIONS = 384;
    private static final int CENTRES = 1000;
    private static final int BATCH = 500;
    private static final double SPREAD = 0.6;
    private static final int DEADLINE_MS = 60_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Mixin
    private Services services = new Services();

    @Option(
            names = "--prefix",
            defaultValue = "load",
            description = "of the collections' names (default: ${DEFAULT-VALUE})")
    private String prefix = "load";

    @Option(names = "--collections", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
    private int collections = 1;

    @Option(
            names = "--documents",
            defaultValue = "0",
            description = "written to each first (default: ${DEFAULT-VALUE})")
    private int documents;

    @Option(names = "--searches", defaultValue = "0", description = "over all collections (default: ${DEFAULT-VALUE})")
    private int searches;

    @Option(names = "--clients", defaultValue = "1", description = "searching at once (default: ${DEFAULT-VALUE})")
    private int clients = 1;

    @Option(
            names = "--text-every",
            defaultValue = "0",
            description = "every n-th search is a text in mode hybrid; 0 = none (default: ${DEFAULT-VALUE})")
    private int textEvery;

    @Option(names = "--seed", defaultValue = "1", description = "of what is drawn (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Override
    public Integer call() throws Exception {
        float[][] centres = centres();
        try (ServiceClient retrieval = services.retrieval()) {
            if (documents > 0) {
                fill(retrieval, centres);
            }
            if (searches > 0) {
                search(retrieval, centres);
            }
        }
        return 0;
    }

    private void fill(ServiceClient retrieval, float[][] centres) {
        long began = System.nanoTime();
        var random = new Random(seed);
        for (int number = 0; number < collections; number++) {
            String path = "/v1/collections/" + prefix + number;
            retrieval.put(path, CollectionSpec.DEFAULTS, CollectionInfo.class, PATIENCE);
            for (int from = 0; from < documents; from += BATCH) {
                var lines = new StringBuilder();
                for (int id = from; id < Math.min(documents, from + BATCH); id++) {
                    lines.append(line(id, base64(draw(centres, random)))).append('\n');
                }
                retrieval.postLines(
                        path + "/documents", BodyPublishers.ofString(lines.toString()), this::requireStored, PATIENCE);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "filled %d collections of %d chunks in %.1f s%n",
                collections,
                documents,
                (System.nanoTime() - began) / 1e9);
    }

    private void requireStored(String answer) {
        if (answer.contains("\"status\":\"failed\"")) {
            throw new IllegalStateException("a document was not stored: " + answer);
        }
    }

    private void search(ServiceClient retrieval, float[][] centres) throws Exception {
        var next = new AtomicInteger();
        long began = System.nanoTime();
        var millis = new Latencies();
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            List<Callable<double[]>> work = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                var random = new Random(seed + 1 + client);
                work.add(() -> searchOn(retrieval, centres, random, next));
            }
            for (Future<double[]> done : threads.invokeAll(work)) {
                for (double one : done.get()) {
                    millis.add(one);
                }
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%,d searches, %d clients: %.0f a second, p50 %.2f ms, p95 %.2f ms, p99 %.2f ms%n",
                searches,
                clients,
                searches / seconds,
                millis.quantile(0.5),
                millis.quantile(0.95),
                millis.quantile(0.99));
    }

    private double[] searchOn(ServiceClient retrieval, float[][] centres, Random random, AtomicInteger next) {
        var millis = DoubleStream.builder();
        for (int number = next.getAndIncrement(); number < searches; number = next.getAndIncrement()) {
            String path = "/v1/collections/" + prefix + number % collections + "/search";
            boolean byText = textEvery > 0 && number % textEvery == 0;
            Map<String, Object> request = byText
                    ? Map.of("query", text(random.nextInt(1_000_000)), "deadline_ms", DEADLINE_MS)
                    : Map.of("mode", "vector", "vector", base64(draw(centres, random)), "deadline_ms", DEADLINE_MS);
            long sent = System.nanoTime();
            retrieval.post(path, request, SearchResponse.class, PATIENCE);
            millis.add((System.nanoTime() - sent) / 1e6);
        }
        return millis.build().toArray();
    }

    private static float[][] centres() {
        var random = new Random(0);
        var centres = new float[CENTRES][DIMENSIONS];
        for (float[] centre : centres) {
            for (int i = 0; i < DIMENSIONS; i++) {
                centre[i] = (float) random.nextGaussian();
            }
        }
        return centres;
    }

    private static float[] draw(float[][] centres, Random random) {
        float[] vector = centres[random.nextInt(CENTRES)].clone();
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] += (float) (SPREAD * random.nextGaussian());
        }
        return vector;
    }

    private static String text(int number) {
        return "how is chunk %d of shelf %d found among the %d others".formatted(number, number % 977, number % 31);
    }

    private static String line(int id, String vector) {
        String text = text(id);
        return "{\"id\":\"d%d\",\"chunks\":[{\"text\":\"%s\",\"start\":0,\"end\":%d,\"vector\":\"%s\"}]}"
                .formatted(id, text, text.length(), vector);
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
