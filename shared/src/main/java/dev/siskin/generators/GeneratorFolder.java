package dev.siskin.generators;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.function.Function;
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
 * @param config what it says of its model: {@code config.json}, with what it says of the language alone ({@code
 *     text_config}) put beside the rest, or {@code genai_config.json}
 * @param generation what it says of writing: {@code generation_config.json}, or {@code search} of {@code
 *     genai_config.json}; empty where it says nothing
 * @param graphs one at least, the best one first: see {@link GraphOrder}
 */
public record GeneratorFolder(
        Path path,
        Layout layout,
        String architecture,
        OptionalInt contextTokens,
        OptionalInt vocabularyTokens,
        JsonNode config,
        JsonNode generation,
        List<Graph> graphs) {

    private static final String GENAI_CONFIG = "genai_config.json";
    private static final String CONFIG = "config.json";
    private static final String GENERATION_CONFIG = "generation_config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String GRAPH_SUFFIX = ".onnx";
    private static final String ONNX = "onnx/";
    private static final String[] CONTEXT = {
        "context_length", "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length"
    };
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
     * @param onnx what stands in the graph's own
     */
    public record Graph(
            String file,
            List<String> data,
            long bytes,
            @JsonIgnore OnnxFile onnx) {}

    /**
     * Reads the configuration and looks for every file that a graph needs.
     *
     * @throws GeneratorFolderException where one is missing, cut off or not what its name says
     */
    public static GeneratorFolder read(Path path) {
        Layout layout = layout(path);
        requireContent(path.resolve(TOKENIZER));
        return read(path, layout, config -> graphFiles(path, layout, config));
    }

    /**
     * As {@link #read(Path)}, with one graph alone, and whether or not there is a tokenizer.
     *
     * @param graph of that name, in the folder or its {@code onnx/}; empty = the best one
     */
    public static GeneratorFolder read(Path path, String graph) {
        Layout layout = layout(path);
        return read(path, layout, config -> List.of(chosen(path, layout, config, graph.replace('\\', '/'))));
    }

    private static String chosen(Path path, Layout layout, JsonNode config, String graph) {
        if (graph.isEmpty()) {
            return graphFiles(path, layout, config).getFirst();
        }
        List<String> files = graphFiles(path);
        return Stream.of(ONNX + graph, graph)
                .filter(files::contains)
                .findFirst()
                .orElseThrow(() ->
                        new GeneratorFolderException("%s has no %s; graphs there: %s".formatted(path, graph, files)));
    }

    private static Layout layout(Path path) {
        if (Files.isRegularFile(path.resolve(GENAI_CONFIG))) {
            return Layout.ONNXRUNTIME_GENAI;
        }
        if (Files.isRegularFile(path.resolve(CONFIG))) {
            return Layout.HUGGING_FACE;
        }
        throw new GeneratorFolderException("%s has neither %s nor %s: a model's folder holds one of them, %s and %s"
                .formatted(path, CONFIG, GENAI_CONFIG, TOKENIZER, "its graph, an .onnx file"));
    }

    private static GeneratorFolder read(Path path, Layout layout, Function<JsonNode, List<String>> graphFiles) {
        boolean genai = layout == Layout.ONNXRUNTIME_GENAI;
        ObjectNode config = genai ? json(path.resolve(GENAI_CONFIG)) : flat(json(path.resolve(CONFIG)));
        JsonNode model = genai ? config.path("model") : config;
        return new GeneratorFolder(
                path,
                layout,
                architecture(model.path(genai ? "type" : "model_type")),
                number(model, CONTEXT),
                number(model, "vocab_size"),
                config,
                genai ? config.path("search") : generation(path.resolve(GENERATION_CONFIG)),
                graphFiles.apply(config).stream().map(file -> graph(path, file)).toList());
    }

    /** A model that also sees or hears keeps what is said of its language in a part of its own. */
    private static ObjectNode flat(ObjectNode config) {
        if (!(config.path("text_config") instanceof ObjectNode text)) {
            return config;
        }
        ObjectNode flat = text.deepCopy();
        config.properties().stream()
                .filter(field -> !field.getValue().isNull())
                .forEach(field -> flat.set(field.getKey(), field.getValue()));
        return flat;
    }

    private static JsonNode generation(Path file) {
        return Files.isRegularFile(file) ? json(file) : MissingNode.getInstance();
    }

    /** Of the graphs that the layout allows, the best one first. */
    private static List<String> graphFiles(Path path, Layout layout, JsonNode config) {
        if (layout == Layout.ONNXRUNTIME_GENAI) {
            String file = config.path("model").path("decoder").path("filename").asText();
            if (file.isEmpty()) {
                throw new GeneratorFolderException(
                        path.resolve(GENAI_CONFIG) + " names no graph in model.decoder.filename");
            }
            return List.of(file);
        }
        List<String> files = graphFiles(path);
        if (files.isEmpty()) {
            throw new GeneratorFolderException(
                    "%s has no graph: no .onnx file in it or in its onnx/; weights in other formats cannot be run"
                            .formatted(path));
        }
        return files;
    }

    private static List<String> graphFiles(Path path) {
        return Stream.concat(graphFiles(path, "").stream(), graphFiles(path, ONNX).stream())
                .sorted(GraphOrder.BEST_FIRST)
                .toList();
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

    /**
     * One graph of a folder and its weights.
     *
     * @param file seen from the folder
     * @throws GeneratorFolderException as {@link #read(Path)}, of this graph
     */
    public static Graph graph(Path path, String file) {
        Path graph = inside(path, path, file, GENAI_CONFIG);
        long bytes = requireContent(graph);
        OnnxFile onnx = OnnxFile.read(graph);
        var data = new ArrayList<String>();
        for (Map.Entry<String, Long> needed : onnx.externalData().entrySet()) {
            Path weights = inside(path, graph.resolveSibling(""), needed.getKey(), file);
            long length = requireContent(weights);
            if (length < needed.getValue()) {
                throw new GeneratorFolderException("%s is cut off: it has %d bytes, %s needs %d; copy it again"
                        .formatted(weights, length, file, needed.getValue()));
            }
            data.add(path.relativize(weights).toString().replace('\\', '/'));
            bytes += length;
        }
        return new Graph(file, List.copyOf(data), bytes, onnx);
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

    private static ObjectNode json(Path file) {
        try {
            if (Files.size(file) > LARGEST_CONFIG_BYTES) {
                throw new GeneratorFolderException(
                        "%s is no configuration: it is larger than %d bytes".formatted(file, LARGEST_CONFIG_BYTES));
            }
            if (Json.MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode content) {
                return content;
            }
            throw new GeneratorFolderException(file + " is no configuration: it must be a JSON object");
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
