package dev.siskin.inference.decoding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolder.Graph;
import dev.siskin.generators.GeneratorFolder.Layout;
import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.OnnxFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder with one decoder model, in one of two layouts, and what a decoder has to know of it. {@link GeneratorFolder}
 * finds and reads the files; of a folder that has both, {@code genai_config.json} counts.
 *
 * <table>
 *   <caption>What is read of them</caption>
 *   <tr><th>layout</th><th>file</th><th>fields</th></tr>
 *   <tr><td>onnxruntime-genai</td><td>{@code genai_config.json}, {@code model.*}</td><td>{@code context_length},
 *       {@code eos_token_id}, {@code decoder.filename}, {@code decoder.inputs.*}, {@code decoder.outputs.*},
 *       {@code decoder.sliding_window}</td></tr>
 *   <tr><td></td><td>{@code search.*}</td><td>{@code top_k}, {@code top_p}, {@code min_p}</td></tr>
 *   <tr><td>Hugging Face (optimum, {@code onnx-community})</td><td>{@code config.json}, also its
 *       {@code text_config}</td><td>{@code max_position_embeddings}, {@code n_positions}, {@code eos_token_id}, and what
 *       {@link AttentionWindows} reads</td></tr>
 *   <tr><td></td><td>{@code generation_config.json}, may be missing</td><td>{@code eos_token_id}, before the
 *       other, {@code stop_strings}, {@code top_k}, {@code top_p}, {@code min_p}</td></tr>
 * </table>
 *
 * @param path          the folder
 * @param graph         the graph and its weights
 * @param names         what it calls its inputs and outputs
 * @param endTokens     ids that end a sequence; empty where the folder names none
 * @param stopStrings   texts that end an answer, likewise
 * @param sampling      what its authors have drawn from; without their repetition penalty
 * @param contextTokens the most tokens of a sequence, prompt included; {@link #UNKNOWN_CONTEXT} where the folder does not say
 * @param heads         of keys and values, for graphs that do not say; 0 where the folder does not either
 * @param headSize      the same for numbers a head has for a token
 */
public record ModelFolder(
        Path path,
        Graph graph,
        GraphNames names,
        Set<Integer> endTokens,
        List<String> stopStrings,
        Sampling sampling,
        int contextTokens,
        int heads,
        int headSize) {

    private static final Logger LOG = LoggerFactory.getLogger(ModelFolder.class);

    /** Tokens of context of a model that does not say. */
    public static final int UNKNOWN_CONTEXT = 2048;

    private static final String GENAI = "genai_config.json";
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final String END_TOKEN = "eos_token_id";
    private static final String STOP_STRINGS = "stop_strings";

    public ModelFolder {
        endTokens = Set.copyOf(endTokens);
        stopStrings = List.copyOf(stopStrings);
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
        try {
            GeneratorFolder folder = GeneratorFolder.read(path, graph);
            return folder.layout() == Layout.ONNXRUNTIME_GENAI ? ofGenai(folder) : ofHuggingFace(folder);
        } catch (GeneratorFolderException broken) {
            throw new ModelFolderException(String.valueOf(broken.getMessage()), broken);
        }
    }

    /** The same model with other end tokens. */
    ModelFolder withEndTokens(Set<Integer> others) {
        return new ModelFolder(path, graph, names, others, stopStrings, sampling, contextTokens, heads, headSize);
    }

    /** The same model writing on where it would have ended, for measurements of so many tokens. */
    public ModelFolder withoutEndTokens() {
        return withEndTokens(Set.of());
    }

    private static ModelFolder ofGenai(GeneratorFolder folder) {
        JsonNode model = folder.config().path("model");
        JsonNode decoder = model.path("decoder");
        if (decoder.has("pipeline") || model.has("encoder")) {
            throw new UnsupportedModelException(
                    "%s: models of several graphs are not supported: model.%s; take one whose decoder is one graph"
                            .formatted(
                                    folder.path().resolve(GENAI),
                                    decoder.has("pipeline") ? "decoder.pipeline" : "encoder"));
        }
        int context = folder.contextTokens().orElse(UNKNOWN_CONTEXT);
        JsonNode window = decoder.path("sliding_window");
        if (window.path("slide_key_value_cache").asBoolean(window.has("window_size"))) {
            // such a graph has its cache moved along by the caller; up to the window nothing moves
            context = shorter(
                    folder, context, window.path("window_size").asInt(context), "its cache would have to slide");
        }
        return new ModelFolder(
                folder.path(),
                folder.graphs().getFirst(),
                names(decoder),
                endTokens(folder.path().resolve(GENAI), model),
                List.of(),
                sampling(folder, GENAI),
                context,
                decoder.path("num_key_value_heads").asInt(),
                decoder.path("head_size").asInt());
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

    private static ModelFolder ofHuggingFace(GeneratorFolder folder) {
        JsonNode config = folder.config();
        Graph graph = folder.graphs().getFirst();
        Set<Integer> end = endTokens(folder.path().resolve(GENERATION), folder.generation());
        int context = folder.contextTokens().orElse(UNKNOWN_CONTEXT);
        int agreed = AttentionWindows.agreedTokens(config, graph.onnx().attentionWindows());
        int queryHeads = config.path("num_attention_heads").asInt(1);
        return new ModelFolder(
                folder.path(),
                graph,
                GraphNames.DEFAULT,
                end.isEmpty() ? endTokens(folder.path().resolve(CONFIG), config) : end,
                stopStrings(folder.path().resolve(GENERATION), folder.generation()),
                sampling(folder, GENERATION),
                shorter(folder, context, agreed, "beyond, its layers do not see what config.json says they see"),
                config.path("num_key_value_heads").asInt(queryHeads),
                config.path("head_dim").asInt(config.path("hidden_size").asInt() / Math.max(1, queryHeads)));
    }

    private static int shorter(GeneratorFolder folder, int context, int most, String why) {
        if (most >= context) {
            return context;
        }
        LOG.warn(
                "{} is used with {} tokens of context, where it has {}: {}",
                folder.path().resolve(folder.graphs().getFirst().file()),
                most,
                context,
                why);
        return most;
    }

    /**
     * What is drawn from above temperature 0, where the folder says it. The authors' repetition penalty is left out: an
     * answer from passages repeats them, and a citation each time.
     */
    private static Sampling sampling(GeneratorFolder folder, String file) {
        JsonNode says = folder.generation();
        try {
            return new Sampling(
                    0,
                    says.path("top_k").asInt(0),
                    says.path("top_p").asDouble(1),
                    says.path("min_p").asDouble(0),
                    1,
                    0);
        } catch (IllegalArgumentException impossible) {
            throw new ModelFolderException(
                    "%s: %s".formatted(folder.path().resolve(file), impossible.getMessage()), impossible);
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

    /** One text or a list of them; null and a missing field for none. */
    private static List<String> stopStrings(Path file, JsonNode generation) {
        JsonNode field = generation.path(STOP_STRINGS);
        List<String> texts = new ArrayList<>();
        for (JsonNode text : field.isArray() ? field : List.of(field)) {
            if (text.isTextual()) {
                texts.add(text.textValue());
            } else if (!text.isNull() && !text.isMissingNode()) {
                throw new ModelFolderException(
                        "%s: %s must be a text or a list of them: %s".formatted(file, STOP_STRINGS, field));
            }
        }
        return texts;
    }

    /** Fails where a graph or its weights are not all there. */
    static void whole(Path file) {
        try {
            GeneratorFolder.graph(
                    Objects.requireNonNull(file.toAbsolutePath().getParent()),
                    file.getFileName().toString());
        } catch (GeneratorFolderException broken) {
            throw new ModelFolderException(String.valueOf(broken.getMessage()), broken);
        }
    }

    /** The graph's file. */
    public Path graphFile() {
        return path.resolve(graph.file());
    }

    /** What stands in the graph's file. */
    public OnnxFile onnx() {
        return graph.onnx();
    }

    /** The graph's file, and the files its weights lie in. */
    List<Path> graphFiles() {
        return Stream.concat(Stream.of(graph.file()), graph.data().stream())
                .map(path::resolve)
                .toList();
    }

    /** Bytes on disk of the graph and its weights. */
    public long weightBytes() {
        return graph.bytes();
    }
}
