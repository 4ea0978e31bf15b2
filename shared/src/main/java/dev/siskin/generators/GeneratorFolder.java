package dev.siskin.generators;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What can be said of the folder of a model that writes answers without loading it: that the files it needs are there
 * and whole, and what its configuration tells. Either layout holds a {@code tokenizer.json}, and
 *
 * <dl>
 *   <dt>{@link Layout#HUGGING_FACE}</dt>
 *   <dd>{@code config.json}, and graphs as {@code *.onnx} in the folder or its {@code onnx/};</dd>
 *   <dt>{@link Layout#ONNXRUNTIME_GENAI}</dt>
 *   <dd>{@code genai_config.json}, which names the graph.</dd>
 * </dl>
 *
 * @param path the folder
 * @param architecture as its configuration calls it: {@code llama}, {@code qwen2}, {@code gpt2}; {@code unknown} where it
 *     says nothing that is a name
 * @param contextTokens that a prompt and its answer may have together; empty = not said
 * @param vocabularyTokens that the graph tells apart; empty = not said
 * @param graphs one at least, the best one first: see {@link GraphOrder}
 */
public record GeneratorFolder(
        Path path,
        Layout layout,
        String architecture,
        OptionalInt contextTokens,
        OptionalInt vocabularyTokens,
        List<Graph> graphs) {

    private static final String GENAI_CONFIG = "genai_config.json";
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String GRAPH_SUFFIX = ".onnx";
    private static final Pattern ARCHITECTURE = Pattern.compile("[\\w.-]{1,64}");
    private static final long LARGEST_CONFIG_BYTES = 4L << 20;

    /** Whose arrangement of files a folder has. */
    public enum Layout {
        HUGGING_FACE("hugging-face"),
        ONNXRUNTIME_GENAI("onnxruntime-genai");

        private final String text;

        Layout(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * One graph and its weights.
     *
     * @param file seen from the model's folder, {@code /} between its parts: {@code onnx/model_q4.onnx}
     * @param data files with its weights, seen from there too; empty where the graph holds them
     * @param bytes of all these files
     */
    public record Graph(String file, List<String> data, long bytes) {}

    /**
     * Reads the configuration and looks for every file that a graph needs.
     *
     * @throws GeneratorFolderException where one is missing, cut off or not what its name says
     */
    public static GeneratorFolder read(Path path) {
        boolean genai = Files.isRegularFile(path.resolve(GENAI_CONFIG));
        if (!genai && !Files.isRegularFile(path.resolve(CONFIG))) {
            throw new GeneratorFolderException("%s has neither %s nor %s: a model's folder holds one of them, %s and %s"
                    .formatted(path, CONFIG, GENAI_CONFIG, TOKENIZER, "its graph, an .onnx file"));
        }
        requireContent(path.resolve(TOKENIZER));
        JsonNode config = json(path.resolve(genai ? GENAI_CONFIG : CONFIG));
        return genai ? genai(path, config.path("model")) : huggingFace(path, config);
    }

    /**
     * One graph of a folder and its weights.
     *
     * @param file seen from the folder
     * @throws GeneratorFolderException as {@link #read(Path)}, of this graph
     */
    public static Graph read(Path path, String file) {
        return graph(path, file.replace('\\', '/'));
    }

    private static GeneratorFolder genai(Path path, JsonNode model) {
        String file = model.path("decoder").path("filename").asText();
        if (file.isEmpty()) {
            throw new GeneratorFolderException(
                    path.resolve(GENAI_CONFIG) + " names no graph in model.decoder.filename");
        }
        return new GeneratorFolder(
                path,
                Layout.ONNXRUNTIME_GENAI,
                architecture(model.path("type")),
                number(model, "context_length"),
                number(model, "vocab_size"),
                List.of(graph(path, file)));
    }

    private static GeneratorFolder huggingFace(Path path, JsonNode config) {
        List<String> files = new ArrayList<>(graphFiles(path, ""));
        files.addAll(graphFiles(path, "onnx/"));
        if (files.isEmpty()) {
            throw new GeneratorFolderException(
                    "%s has no graph: no .onnx file in it or in its onnx/; weights in other formats cannot be run"
                            .formatted(path));
        }
        // A model that also sees or hears keeps what is said of its language in a part of its own.
        JsonNode text = config.has("vocab_size") ? config : config.path("text_config");
        return new GeneratorFolder(
                path,
                Layout.HUGGING_FACE,
                architecture(config.path("model_type")),
                number(text, "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"),
                number(text, "vocab_size"),
                files.stream()
                        .sorted(GraphOrder.BEST_FIRST)
                        .map(file -> graph(path, file))
                        .toList());
    }

    private static List<String> graphFiles(Path path, String folder) {
        Path at = path.resolve(folder);
        if (!Files.isDirectory(at)) {
            return List.of();
        }
        try (Stream<Path> content = Files.list(at)) {
            return content.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(GRAPH_SUFFIX))
                    .sorted(Comparator.naturalOrder())
                    .map(folder::concat)
                    .toList();
        } catch (IOException unreadable) {
            throw new GeneratorFolderException("%s cannot be read: %s".formatted(at, unreadable), unreadable);
        }
    }

    private static Graph graph(Path path, String file) {
        Path graph = inside(path, path, file, GENAI_CONFIG);
        long bytes = requireContent(graph);
        var data = new ArrayList<String>();
        for (Map.Entry<String, Long> needed :
                OnnxFile.read(graph).externalData().entrySet()) {
            Path weights = inside(path, graph.resolveSibling(""), needed.getKey(), file);
            long length = requireContent(weights);
            if (length < needed.getValue()) {
                throw new GeneratorFolderException("%s is cut off: it has %d bytes, %s needs %d; copy it again"
                        .formatted(weights, length, file, needed.getValue()));
            }
            data.add(path.relativize(weights).toString().replace('\\', '/'));
            bytes += length;
        }
        return new Graph(file, List.copyOf(data), bytes);
    }

    /** A file that another one names, which must not lead out of the model's folder. */
    private static Path inside(Path path, Path from, String named, String by) {
        try {
            Path file = from.resolve(named).normalize();
            if (file.startsWith(path.normalize()) && !file.equals(path.normalize())) {
                return file;
            }
        } catch (InvalidPathException noName) {
            throw new GeneratorFolderException("%s names a file that cannot be: '%s'".formatted(by, named), noName);
        }
        throw new GeneratorFolderException("%s names a file outside the model's folder: %s".formatted(by, named));
    }

    private static long requireContent(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new GeneratorFolderException(file + " is missing");
            }
            long bytes = Files.size(file);
            if (bytes == 0) {
                throw new GeneratorFolderException(file + " is empty; copy it again");
            }
            return bytes;
        } catch (IOException unreadable) {
            throw new GeneratorFolderException("%s cannot be read: %s".formatted(file, unreadable), unreadable);
        }
    }

    private static JsonNode json(Path file) {
        try {
            if (Files.size(file) > LARGEST_CONFIG_BYTES) {
                throw new GeneratorFolderException(
                        "%s is no configuration: it is larger than %d bytes".formatted(file, LARGEST_CONFIG_BYTES));
            }
            JsonNode content = Json.MAPPER.readTree(Files.readAllBytes(file));
            if (!content.isObject()) {
                throw new GeneratorFolderException(file + " is no configuration: it must be a JSON object");
            }
            return content;
        } catch (JsonProcessingException malformed) {
            throw new GeneratorFolderException("%s: %s".formatted(file, Json.explain(malformed)), malformed);
        } catch (IOException unreadable) {
            throw new GeneratorFolderException("%s cannot be read: %s".formatted(file, unreadable), unreadable);
        }
    }

    private static String architecture(JsonNode named) {
        return ARCHITECTURE.matcher(named.asText()).matches() ? named.asText() : "unknown";
    }

    /** The first of these fields that holds a number. */
    private static OptionalInt number(JsonNode of, String... fields) {
        return Stream.of(fields)
                .map(of::path)
                .filter(JsonNode::isInt)
                .mapToInt(JsonNode::intValue)
                .findFirst();
    }
}
