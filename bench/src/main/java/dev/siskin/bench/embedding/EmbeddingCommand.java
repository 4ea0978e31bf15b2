package dev.siskin.bench.embedding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Json;
import dev.siskin.bench.ResultLines;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Embeds token ids with ONNX Runtime and nothing else, one text a run: what no indexer can exceed. The session is opened
 * with the options of the services.
 */
@Command(
        name = "embedding",
        mixinStandardHelpOptions = true,
        description = "Measures tokens a second of ONNX Runtime alone, on the lines that 'chunks' writes.")
public final class EmbeddingCommand implements Callable<Integer> {
    private static final int WARM_UP = 50;

    @Option(names = "--chunks", required = true, description = "file written by 'chunks'")
    private Path chunks = Path.of("");

    @Option(names = "--graph", defaultValue = "fused", description = "plain or fused; default: ${DEFAULT-VALUE}")
    private String graph = "fused";

    @Option(names = "--threads", description = "default: one a processor")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws Exception {
        ModelLibrary library = ModelLibrary.of(Settings.of(Map.of()), Path.of(System.getProperty("siskin.home", ".")));
        library.nameNativeLibraries();
        ModelDirectory model = library.open(CollectionSpec.DEFAULT_EMBEDDING_MODEL);
        Path file = graph.equals("plain") ? model.modelFile() : model.path().resolve("fused.onnx");
        List<long[]> texts = texts();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (SessionOptions options = options();
                OrtSession session = environment.createSession(file.toString(), options)) {
            embed(environment, session, texts.subList(0, Math.min(WARM_UP, texts.size())));
            long began = System.nanoTime();
            Duration cpuBefore = cpu();
            embed(environment, session, texts);
            print(
                    texts,
                    (System.nanoTime() - began) / 1e9,
                    cpu().minus(cpuBefore).toMillis() / 1000.0);
        }
        return 0;
    }

    private List<long[]> texts() throws IOException {
        List<long[]> texts = new ArrayList<>();
        for (String line : Files.readAllLines(chunks)) {
            JsonNode ids = Json.MAPPER.readTree(line).get("ids");
            texts.add(Json.MAPPER.convertValue(ids, long[].class));
        }
        return texts;
    }

    private static SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        options.setMemoryPatternOptimization(false);
        options.addConfigEntry("session.use_device_allocator_for_initializers", "1");
        return options;
    }

    private void embed(OrtEnvironment environment, OrtSession session, List<long[]> texts) throws Exception {
        var next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    for (int text = next.getAndIncrement(); text < texts.size(); text = next.getAndIncrement()) {
                        run(environment, session, texts.get(text));
                    }
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
    }

    private static void run(OrtEnvironment environment, OrtSession session, long[] ids) throws OrtException {
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        long[][] values = {ids, ones, new long[ids.length]};
        String[] names = {"input_ids", "attention_mask", "token_type_ids"};
        Set<String> inputs = session.getInputNames();
        Map<String, OnnxTensor> feed = new HashMap<>();
        try {
            for (int i = 0; i < names.length; i++) {
                if (inputs.contains(names[i])) {
                    feed.put(names[i], OnnxTensor.createTensor(environment, LongBuffer.wrap(values[i]), new long[] {
                        1, ids.length
                    }));
                }
            }
            session.run(feed).close();
        } finally {
            feed.values().forEach(OnnxTensor::close);
        }
    }

    /** What this process has used of all processors. */
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private void print(List<long[]> texts, double seconds, double cpuSeconds) throws IOException {
        long tokens = texts.stream().mapToLong(ids -> ids.length).sum();
        var line = new LinkedHashMap<String, Object>();
        line.put("what", "embedding");
        line.put("who", "onnxruntime, " + graph + " graph");
        line.put("threads", threads);
        line.put("texts", texts.size());
        line.put("tokens", tokens);
        line.put("seconds", Math.round(seconds * 1000) / 1000.0);
        line.put("cpu_s", cpuSeconds);
        line.put("tokens_per_s", Math.round(tokens / seconds));
        System.out.println(Json.MAPPER.writeValueAsString(line));
        results.add(line);
    }
}
