package dev.siskin.bench.rivals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Embeds the lines of a file with LangChain4j's in-process model, as a program that uses it would: all in one call. */
public final class LangChain4jRival {
    private static final int WARM_UP = 50;

    private LangChain4jRival() {}

    /** Arguments: the file with lines of {@code text} and {@code ids}, and the number of threads. */
    public static void main(String[] args) throws Exception {
        var mapper = new ObjectMapper();
        List<TextSegment> texts = new ArrayList<>();
        long tokens = 0;
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            JsonNode chunk = mapper.readTree(line);
            texts.add(TextSegment.from(chunk.get("text").asText()));
            tokens += chunk.get("ids").size();
        }
        int threads = Integer.parseInt(args[1]);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            var model = new BgeSmallEnV15QuantizedEmbeddingModel(pool);
            model.embedAll(texts.subList(0, Math.min(WARM_UP, texts.size())));
            long began = System.nanoTime();
            Duration cpuBefore = cpu();
            model.embedAll(texts);
            double seconds = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    "{\"what\":\"embedding\",\"who\":\"langchain4j\",\"threads\":%d,\"texts\":%d,\"tokens\":%d,\"seconds\":%.3f,\"cpu_s\":%.3f,\"tokens_per_s\":%d}%n",
                    threads, texts.size(), tokens, seconds, cpu().minus(cpuBefore).toMillis() / 1000.0, Math.round(tokens / seconds));
        }
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
