package dev.siskin.bench.dataset;

import dev.siskin.api.Json;
import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.Embedding;
import dev.siskin.embedding.EmbeddingInput;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Embeds the data set's texts as the services do, one text a run on one thread: {@code vectors.f32} of {@code
 * corpus.jsonl} and {@code queries.f32} of {@code queries.jsonl}, line by line. A run that was killed goes on where its
 * files end.
 */
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        description = "Embeds the passages and questions of a folder written by 'corpus'.")
public final class EmbedCommand implements Callable<Integer> {
    private static final int PROGRESS_EVERY = 1000;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Option(names = "--dataset", required = true, description = "folder with corpus.jsonl and queries.jsonl")
    private Path dataset = Path.of("");

    @Option(names = "--model", defaultValue = "bge-small-en-v1.5", description = "default: ${DEFAULT-VALUE}")
    private String model = "bge-small-en-v1.5";

    @Override
    public Integer call() throws IOException {
        Path home = Path.of(System.getProperty("siskin.home", "."));
        ModelLibrary library = ModelLibrary.of(Settings.of(Map.of()), home);
        library.nameNativeLibraries();
        try (Embedder embedder = Embedder.open(library.open(model), new EmbedderSettings(1, 1))) {
            embed(embedder, EmbeddingInput.QUERY, "queries");
            embed(embedder, EmbeddingInput.PASSAGE, "corpus");
        }
        return 0;
    }

    private void embed(Embedder embedder, EmbeddingInput input, String name) throws IOException {
        int dimensions = embedder.manifest().dimensions();
        Path out = dataset.resolve(name.equals("corpus") ? "vectors.f32" : name + ".f32");
        long tokens = 0;
        long began = System.nanoTime();
        try (BufferedReader texts = Files.newBufferedReader(dataset.resolve(name + ".jsonl"));
                VectorFile vectors = VectorFile.append(out, dimensions)) {
            long done = vectors.count();
            long line = 0;
            for (String json = texts.readLine(); json != null; json = texts.readLine()) {
                if (line++ < done) {
                    continue;
                }
                String text = Json.MAPPER.readTree(json).get("text").asText();
                Embedding embedding = embedder.embed(input, text, LIMIT);
                vectors.add(embedding.vector());
                tokens += embedding.tokens();
                if (line % PROGRESS_EVERY == 0) {
                    double seconds = (System.nanoTime() - began) / 1e9;
                    System.err.printf(
                            "%s: %d embedded, %.0f tokens each, %.0f tokens/s%n",
                            name, line, (double) tokens / (line - done), tokens / seconds);
                }
            }
            System.out.printf("%s: %d vectors in %s%n", name, line, out);
        }
    }
}
