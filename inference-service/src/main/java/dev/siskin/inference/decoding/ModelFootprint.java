package dev.siskin.inference.decoding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.generators.OnnxWeights;
import dev.siskin.generators.OnnxWeights.Node;
import dev.siskin.generators.OnnxWeights.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a model takes in memory, from its graph's file: resident bytes of the process, those of mapped files included. KV
 * cache comes on top.
 *
 * <h2>Weights</h2>
 *
 * Each weight counts once, with these exceptions:
 *
 * <ul>
 *   <li>{@code MatMulNBits}: its weights are laid out anew for the kernel and let go of. Where activations become 8-bit
 *       ({@code accuracy_level} 4) each block gets its scale and a sum beside it, 8 bytes; without, the block alone counts.
 *       Scales and zero points stay as they are, half-precision scales get a copy in float.
 *   <li>Tables that are read row by row (embeddings): they are mapped, and cost {@value #TABLE_READ_BYTES} bytes for each
 *       different token, which is what the kernel reads ahead, up to their size. Rotary caches cost the rows of the
 *       positions that come up.
 *   <li>Weights that nothing but {@code Cast} or {@code DequantizeLinear} reads are computed when the graph is opened, and
 *       held as floats.
 *   <li>Each weight costs ONNX Runtime {@value #STRUCTURE_BYTES} bytes for itself and its node. That is no size from a
 *       file: it is what 8 graphs with 50 to 840 weights took, 6 to 26 KB.
 * </ul>
 *
 * <h2>Activations</h2>
 *
 * Of a chunk of the prompt, in floats: for each token three times the widest layer inside a block and twice the width
 * between blocks, and a score for each head and each token it sees. {@code GroupQueryAttention} has one set of scores
 * and as much again of everything for turned heads, rounded activations and pieces that the arena cannot use; graphs
 * that spell attention out hold three sets. The arena keeps what it once had.
 *
 * <p>Logits lie beside them in memory of our own, for each position of a chunk that has them, and for each row of a step.
 *
 * @param weightBytes      of weights that are resident once the model has been run, tables left out
 * @param tableBytes       of tables that are read row by row
 * @param rotaryRowBytes   of one position in all rotary caches
 * @param structureBytes   of ONNX Runtime's own
 * @param tokenFloats      activations of a token of a chunk, scores left out
 * @param scores           for each token of a chunk and each token that it sees
 * @param chunk            tokens of a prompt in one run
 * @param chunkLogitBytes  logits of such a run
 * @param stepLogitBytes   logits of a step of one row
 */
public record ModelFootprint(
        long weightBytes,
        long tableBytes,
        long rotaryRowBytes,
        long structureBytes,
        long tokenFloats,
        long scores,
        int chunk,
        long chunkLogitBytes,
        long stepLogitBytes) {

    /** The kernel maps 16 pages around one that is touched. */
    static final long TABLE_READ_BYTES = 64 << 10;

    static final long STRUCTURE_BYTES = 20 << 10;

    /** Of {@code MatMulNBits} where it does not say. */
    private static final long DEFAULT_BITS = 4;

    private static final int BLOCK_SUMS_BYTES = 2 * Float.BYTES;
    private static final int EIGHT_BIT_ACTIVATIONS = 4;
    private static final int SPELLED_OUT_SCORES = 3;

    /** By operator, the inputs of which a run reads a few rows. */
    private static final Map<String, List<Integer>> ROW_BY_ROW =
            Map.of("Gather", List.of(0), "GatherBlockQuantized", List.of(0, 2, 3));

    private static final Map<String, List<Integer>> ROTARY =
            Map.of("GroupQueryAttention", List.of(7, 8), "RotaryEmbedding", List.of(2, 3));

    private static final List<String> COMPUTED_AT_ONCE = List.of("Cast", "DequantizeLinear");
    private static final List<String> LINEAR =
            List.of("MatMul", "Gemm", "FusedMatMul", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul");

    /** That a node reads a weight as its input of this number. */
    private record Use(Node node, int input) {
        boolean isOneOf(Map<String, List<Integer>> inputs) {
            return inputs.getOrDefault(node.operator(), List.of()).contains(input);
        }

        boolean isBlockwise() {
            return node.operator().equals("MatMulNBits") && input == 1;
        }
    }

    /**
     * Of a loaded model.
     *
     * @throws ModelFolderException where its graph or configuration can no longer be read
     */
    static ModelFootprint of(ModelFolder folder, LoadedModel model) {
        DecoderGraph graph = model.runner().graph();
        return of(
                OnnxWeights.read(model.graphFile()),
                graph,
                graph.isShared() ? 0 : queryHeads(folder),
                model.prefillChunk());
    }

    private static ModelFootprint of(OnnxWeights onnx, DecoderGraph graph, int queryHeads, int chunk) {
        Map<String, List<Use>> uses = uses(onnx);
        long held = 0;
        long tables = 0;
        long rotary = 0;
        for (Weight weight : onnx.weights()) {
            List<Use> users = uses.getOrDefault(weight.name(), List.of());
            if (users.stream().anyMatch(use -> use.isOneOf(ROTARY))) {
                rotary += weight.bytes() / Math.max(1, weight.dimensions().getFirst());
                continue;
            }
            if (users.stream().anyMatch(use -> use.isOneOf(ROW_BY_ROW))) {
                tables += weight.bytes();
            }
            held += users.stream()
                    .filter(Use::isBlockwise)
                    .mapToLong(use -> blockwiseBytes(use.node()))
                    .sum();
            if (!users.stream().allMatch(use -> use.isBlockwise() || use.isOneOf(ROW_BY_ROW))) {
                held += heldBytes(weight, users);
            }
        }
        Widths widths = Widths.of(onnx, graph.vocabulary(), uses);
        long heads = graph.isShared() ? widths.heads() : (long) SPELLED_OUT_SCORES * queryHeads;
        int times = graph.isShared() ? 2 : 1;
        return new ModelFootprint(
                held,
                tables,
                rotary,
                STRUCTURE_BYTES * onnx.weights().size(),
                times * (3 * widths.inside() + 2 * widths.between()),
                times * heads,
                chunk,
                graph.logitsOf(chunk) * Logits.rowBytes(graph),
                Logits.rowBytes(graph));
    }

    private static Map<String, List<Use>> uses(OnnxWeights onnx) {
        Map<String, List<Use>> uses = new HashMap<>();
        for (Node node : onnx.nodes()) {
            for (int input = 0; input < node.inputs().size(); input++) {
                uses.computeIfAbsent(node.inputs().get(input), name -> new ArrayList<>())
                        .add(new Use(node, input));
            }
        }
        return uses;
    }

    private static long blockwiseBytes(Node node) {
        long size = Math.max(1, node.number("block_size"));
        long blocks = node.number("N") * ((node.number("K") + size - 1) / size);
        long beside = node.number("accuracy_level") == EIGHT_BIT_ACTIVATIONS ? BLOCK_SUMS_BYTES : 0;
        long bits = node.number("bits") == 0 ? DEFAULT_BITS : node.number("bits");
        return blocks * (size * bits / Byte.SIZE + beside);
    }

    private static long heldBytes(Weight weight, List<Use> users) {
        if (isComputedAtOnce(users)) {
            return Float.BYTES * weight.elements();
        }
        boolean isHalfScale = weight.type() == Weight.FLOAT16
                && users.stream().anyMatch(use -> use.node().operator().equals("MatMulNBits"));
        return weight.bytes() + (isHalfScale ? Float.BYTES * weight.elements() : 0);
    }

    private static boolean isComputedAtOnce(List<Use> users) {
        List<Use> others =
                users.stream().filter(use -> !use.isOneOf(ROW_BY_ROW)).toList();
        return !others.isEmpty()
                && others.stream()
                        .allMatch(use -> use.input() == 0
                                && COMPUTED_AT_ONCE.contains(use.node().operator()));
    }

    /**
     * Of a model's layers.
     *
     * @param between of what goes from block to block: what a linear layer takes that gives logits
     * @param inside  the widest input of any linear layer
     * @param heads   that ask, where a node says so
     */
    private record Widths(long between, long inside, long heads) {
        static Widths of(OnnxWeights onnx, int vocabulary, Map<String, List<Use>> uses) {
            long between = 0;
            long inside = 0;
            long heads = 0;
            for (Node node : onnx.nodes()) {
                heads = Math.max(heads, node.operator().contains("Attention") ? node.number("num_heads") : 0);
                if (node.operator().equals("MatMulNBits")) {
                    inside = Math.max(inside, node.number("K"));
                    between = node.number("N") == vocabulary ? node.number("K") : between;
                }
            }
            for (Weight weight : onnx.weights()) {
                List<Long> shape = weight.dimensions();
                List<Use> users = uses.getOrDefault(weight.name(), List.of());
                boolean isLinear = users.stream()
                        .anyMatch(use ->
                                use.input() >= 1 && LINEAR.contains(use.node().operator()));
                boolean isComputed = isComputedAtOnce(users); // and then transposed
                if ((isLinear || isComputed) && shape.size() == 2) {
                    long from = shape.get(isLinear ? 0 : 1);
                    inside = Math.max(inside, from);
                    between = shape.get(isLinear ? 1 : 0) == vocabulary ? from : between;
                }
            }
            return new Widths(between == 0 ? inside : between, inside, heads);
        }
    }

    /** As the folder's configuration says; 1 where it does not. */
    private static int queryHeads(ModelFolder folder) {
        return Stream.of("config.json", "genai_config.json")
                .map(folder.path()::resolve)
                .filter(Files::isRegularFile)
                .map(ModelFootprint::json)
                .map(root -> root.findValue("num_attention_heads"))
                .filter(found -> found != null && found.isInt())
                .mapToInt(JsonNode::intValue)
                .findFirst()
                .orElse(1);
    }

    private static JsonNode json(Path file) {
        try {
            return Json.MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new ModelFolderException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /**
     * Of weights once prompts and answers of so many tokens have been run.
     *
     * @param longest  tokens of the longest
     * @param distinct different tokens in all of them, at most
     */
    public long loadedBytes(long longest, long distinct) {
        return weightBytes
                + structureBytes
                + Math.min(tableBytes, distinct * TABLE_READ_BYTES)
                + rotaryRowBytes * longest;
    }

    /** Of activations that the arena holds once prompts of at most so many tokens have been read. */
    public long activationBytes(long promptTokens) {
        long width = Math.min(chunk, promptTokens);
        return Float.BYTES * width * (tokenFloats + scores * promptTokens);
    }
}
