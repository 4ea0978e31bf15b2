package dev.siskin.inference.decoding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.GraphOrder;
import dev.siskin.generators.OnnxFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder with one decoder model, in one of two layouts. Of a folder that has both files, {@code genai_config.json}
 * counts.
 *
 * <table>
 *   <caption>What is read of them</caption>
 *   <tr><th>layout</th><th>file</th><th>fields</th></tr>
 *   <tr><td>onnxruntime-genai</td><td>{@code genai_config.json}, {@code model.*}</td><td>{@code context_length},
 *       {@code eos_token_id}, {@code decoder.filename}, {@code decoder.inputs.*}, {@code decoder.outputs.*},
 *       {@code decoder.sliding_window}</td></tr>
 *   <tr><td>Hugging Face (optimum, {@code onnx-community})</td><td>{@code config.json}, also its
 *       {@code text_config}</td><td>{@code max_position_embeddings}, {@code n_positions}, {@code eos_token_id}</td></tr>
 *   <tr><td></td><td>{@code generation_config.json}, may be missing</td><td>{@code eos_token_id}, before the
 *       other</td></tr>
 *   <tr><td></td><td>{@code onnx/*.onnx}, else {@code *.onnx}</td><td>the best by {@link GraphOrder}</td></tr>
 * </table>
 *
 * @param path          the folder
 * @param graphFile     the graph
 * @param names         what it calls its inputs and outputs
 * @param endTokens     ids that end a sequence; empty where the folder names none
 * @param contextTokens the most tokens of a sequence, prompt included; {@link #UNKNOWN_CONTEXT} where the folder does not say
 * @param heads         of keys and values, for graphs that do not say; 0 where the folder does not either
 * @param headSize      the same for numbers a head has for a token
 * @param onnx          what stands in the graph's file
 */
public record ModelFolder(
        Path path,
        Path graphFile,
        GraphNames names,
        Set<Integer> endTokens,
        int contextTokens,
        int heads,
        int headSize,
        OnnxFile onnx) {

    /** Tokens of context of a model that does not say. */
    public static final int UNKNOWN_CONTEXT = 2048;

    private static final String GENAI = "genai_config.json";
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final String END_TOKEN = "eos_token_id";
    private static final List<String> CONTEXT =
            List.of("max_position_embeddings", "n_positions", "max_seq_len", "seq_length");

    public ModelFolder {
        endTokens = Set.copyOf(endTokens);
    }

    /**
     * Reads the configuration and looks whether graph and weights are whole; loads nothing yet.
     *
     * @throws ModelFolderException      naming the file that is missing, ends early or cannot be read
     * @throws UnsupportedModelException for a layout of several graphs
     */
    public static ModelFolder open(Path path) {
        return open(path, "");
    }

    /** As {@link #open(Path)}, with the graph of that name, below {@code onnx/} or in the folder; empty for the best. */
    public static ModelFolder open(Path path, String graph) {
        if (!Files.isDirectory(path)) {
            throw new ModelFolderException(
                    path + " is no folder: a model is a folder with config.json and onnx/*.onnx");
        }
        if (Files.isRegularFile(path.resolve(GENAI))) {
            return openGenai(path, graph);
        }
        if (Files.isRegularFile(path.resolve(CONFIG))) {
            return openHuggingFace(path, graph);
        }
        throw new ModelFolderException(
                "%s has neither %s nor %s: copy the model's whole folder".formatted(path, CONFIG, GENAI));
    }

    /** The same model writing on where it would have ended, for measurements of so many tokens. */
    public ModelFolder withoutEndTokens() {
        return new ModelFolder(path, graphFile, names, Set.of(), contextTokens, heads, headSize, onnx);
    }

    private static ModelFolder openGenai(Path path, String graph) {
        Path file = path.resolve(GENAI);
        JsonNode model = json(file).path("model");
        JsonNode decoder = model.path("decoder");
        if (decoder.has("pipeline") || model.has("encoder")) {
            throw new UnsupportedModelException(
                    "%s: models of several graphs are not supported: model.%s; take one whose decoder is one graph"
                            .formatted(file, decoder.has("pipeline") ? "decoder.pipeline" : "encoder"));
        }
        String named = graph.isEmpty() ? decoder.path("filename").asText("") : graph;
        if (named.isEmpty()) {
            throw new ModelFolderException(file + " names no graph: model.decoder.filename is missing");
        }
        int context = model.path("context_length").asInt(UNKNOWN_CONTEXT);
        JsonNode window = decoder.path("sliding_window");
        if (window.path("slide_key_value_cache").asBoolean(window.has("window_size"))) {
            // such a graph has its cache moved along by the caller; up to the window nothing moves
            context = Math.min(context, window.path("window_size").asInt(context));
        }
        Path chosen = graphFile(path, named);
        return new ModelFolder(
                path,
                chosen,
                names(decoder),
                endTokens(file, model),
                context,
                decoder.path("num_key_value_heads").asInt(),
                decoder.path("head_size").asInt(),
                whole(chosen));
    }

    private static GraphNames names(JsonNode decoder) {
        JsonNode inputs = decoder.path("inputs");
        JsonNode outputs = decoder.path("outputs");
        GraphNames usual = GraphNames.DEFAULT;
        boolean combined = inputs.has("past_names");
        return new GraphNames(
                inputs.path("input_ids").asText(usual.inputIds()),
                inputs.path("attention_mask").asText(usual.attentionMask()),
                inputs.path("position_ids").asText(usual.positionIds()),
                outputs.path("logits").asText(usual.logits()),
                combined
                        ? List.of(inputs.path("past_names").asText())
                        : List.of(
                                inputs.path("past_key_names")
                                        .asText(usual.past().get(0)),
                                inputs.path("past_value_names")
                                        .asText(usual.past().get(1))),
                combined
                        ? List.of(outputs.path("present_names").asText("present_%d"))
                        : List.of(
                                outputs.path("present_key_names")
                                        .asText(usual.present().get(0)),
                                outputs.path("present_value_names")
                                        .asText(usual.present().get(1))));
    }

    private static ModelFolder openHuggingFace(Path path, String graph) {
        Path file = path.resolve(CONFIG);
        JsonNode config = json(file);
        JsonNode text = config.path("text_config").isObject() ? config.path("text_config") : config;
        Path generation = path.resolve(GENERATION);
        Set<Integer> end = Files.isRegularFile(generation) ? endTokens(generation, json(generation)) : Set.of();
        if (end.isEmpty()) {
            end = endTokens(file, config.has(END_TOKEN) ? config : text);
        }
        int context = CONTEXT.stream()
                .filter(text::has)
                .findFirst()
                .map(name -> text.path(name).asInt(UNKNOWN_CONTEXT))
                .orElse(UNKNOWN_CONTEXT);
        Path chosen = graph.isEmpty() ? bestGraph(path) : graphFile(path, graph);
        int queryHeads = text.path("num_attention_heads").asInt(1);
        return new ModelFolder(
                path,
                chosen,
                GraphNames.DEFAULT,
                end,
                context,
                text.path("num_key_value_heads").asInt(queryHeads),
                text.path("head_dim").asInt(text.path("hidden_size").asInt() / Math.max(1, queryHeads)),
                whole(chosen));
    }

    private static JsonNode json(Path file) {
        try {
            JsonNode root = Json.MAPPER.readTree(Files.readString(file));
            if (!root.isObject()) {
                throw new ModelFolderException(file + " must hold one JSON object; copy it again");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new ModelFolderException("%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new ModelFolderException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /** One id or a list of them; null and a missing field for none. */
    private static Set<Integer> endTokens(Path file, JsonNode config) {
        JsonNode field = config.path(END_TOKEN);
        Set<Integer> tokens = new TreeSet<>();
        for (JsonNode id : field.isArray() ? field : List.of(field)) {
            if (id.canConvertToInt() && id.isIntegralNumber()) {
                tokens.add(id.intValue());
            } else if (!id.isNull() && !id.isMissingNode()) {
                throw new ModelFolderException(
                        "%s: %s must be a token id or a list of them: %s".formatted(file, END_TOKEN, field));
            }
        }
        return tokens;
    }

    private static Path graphFile(Path path, String name) {
        return Stream.of(path.resolve("onnx").resolve(name), path.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new ModelFolderException(
                        "%s has no %s; graphs there: %s".formatted(path, name, graphsOf(path))));
    }

    private static Path bestGraph(Path path) {
        return graphsOf(path).stream()
                .min(GraphOrder.BEST_FIRST)
                .map(path::resolve)
                .orElseThrow(
                        () -> new ModelFolderException(path + " has no graph: no .onnx file in it or in its onnx/"));
    }

    private static List<String> graphsOf(Path path) {
        try (Stream<Path> files = Files.walk(path, 2)) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .map(file -> path.relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ModelFolderException("%s cannot be read: %s".formatted(path, e), e);
        }
    }

    /** What stands in the graph's file, whose weights are all there. */
    static OnnxFile whole(Path graph) {
        try {
            GeneratorFolder.read(
                    Objects.requireNonNull(graph.toAbsolutePath().getParent()),
                    graph.getFileName().toString());
            return OnnxFile.read(graph);
        } catch (GeneratorFolderException broken) {
            throw new ModelFolderException(String.valueOf(broken.getMessage()), broken);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new ModelFolderException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /** The graph, and the files its weights lie in. */
    List<Path> graphFiles() {
        return Stream.concat(
                        Stream.of(graphFile),
                        onnx.externalData().keySet().stream().sorted().map(graphFile::resolveSibling))
                .toList();
    }

    /** Bytes on disk of the graph and its weights. */
    public long weightBytes() {
        return graphFiles().stream().mapToLong(ModelFolder::size).sum();
    }
}
