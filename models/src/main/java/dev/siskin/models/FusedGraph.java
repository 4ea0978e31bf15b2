package dev.siskin.models;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A BERT encoder, exported by PyTorch and dynamically quantized by ONNX Runtime, built anew from the same weights for
 * one unpadded text a run:
 *
 * <ul>
 *   <li>no attention mask: it hides nothing of a text that is alone and unpadded;
 *   <li>query, key, value and attention in one {@code QAttention}, a product with the three matrices side by side;
 *   <li>where only the first token's state is wanted, the last layer computes no other;
 *   <li>each addition and the normalization behind it in one {@code SkipLayerNormalization}.
 * </ul>
 *
 * The third quantizes the last layer's activations by the range of one token instead of all. The fourth sums in another
 * order, which the quantization behind it amplifies: single vectors move, as they do by one unit in the last place of
 * any float, and come no further from those of the unquantized model.
 *
 * <p>The large int8 matrices stay in the file of the original graph, which must lie beside this one's; ONNX Runtime maps
 * them into memory. The graph takes {@code input_ids} and {@code token_type_ids}, {@code [1, tokens]}, and gives {@code
 * last_hidden_state}, {@code [1, tokens, dimensions]}, or {@code [1, 1, dimensions]} of the first token only.
 */
final class FusedGraph {
    /** Key in the metadata: SHA-256 of the file with the weights. */
    static final String SOURCE_SHA256 = "source_sha256";

    /** Key in the metadata: what is made of the tokens' states, {@code cls} or {@code mean}. */
    static final String POOLING = "pooling";

    /** Key in the metadata: what this class writes; changes whenever it writes something else. */
    static final String VERSION_KEY = "fused_version";

    static final String VERSION = "2";

    private static final String OUTPUT = "last_hidden_state";
    private static final List<String> PROJECTIONS = List.of("query", "key", "value");

    /** From here on a matrix stays where it is. Floats never do: there, they may lie at odd addresses. */
    private static final int LEAST_REFERRED_BYTES = 4096;

    private final String sourceName;
    private final Map<String, StoredWeights.Range> stored;
    private final Map<String, NodeProto> nodes = new HashMap<>();
    private final Map<String, TensorProto> tensors = new HashMap<>();
    private final GraphWriter graph = new GraphWriter();

    private FusedGraph(GraphProto source, String sourceName, Map<String, StoredWeights.Range> stored) {
        this.sourceName = sourceName;
        this.stored = stored;
        source.getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
        for (NodeProto node : source.getNodeList()) {
            nodes.put(node.getName(), node);
            if (node.getOpType().equals("Constant")) {
                tensors.put(node.getOutput(0), node.getAttribute(0).getT());
            }
        }
    }

    /** A product of the source: names of its initializers. */
    private record Linear(String weight, String scale, String zeroPoint, String bias) {}

    /** Names of an activation's uint8 values, their scale and zero point. */
    private record Quantized(String values, String scale, String zeroPoint) {}

    /**
     * Builds the graph.
     *
     * @param source bytes of the original's file
     * @param sourceName of that file
     * @param sha256 of that file
     * @param pooling {@code cls} where the state of the first token is all that is wanted
     * @throws UnsuitableGraphException if the original is no graph of that kind
     */
    static ModelProto of(byte[] source, String sourceName, String sha256, String pooling)
            throws IOException, UnsuitableGraphException {
        GraphProto original = ModelProto.parseFrom(source).getGraph();
        var fused = new FusedGraph(original, sourceName, StoredWeights.in(source));
        fused.build(original, pooling.equals("cls"));
        return fused.graph.model(Map.of(SOURCE_SHA256, sha256, POOLING, pooling, VERSION_KEY, VERSION));
    }

    private void build(GraphProto source, boolean firstTokenOnly) throws UnsuitableGraphException {
        int layers = 0;
        while (nodes.containsKey(layer(layers) + "/output/dense/MatMul_quant")) {
            layers++;
        }
        check(source, layers);
        for (ValueInfoProto input : source.getInputList()) {
            if (!input.getName().equals("attention_mask")) {
                graph.input(input);
            }
        }
        String states = embeddings();
        for (int layer = 0; layer < layers; layer++) {
            boolean last = layer == layers - 1;
            states = encode(layer, states, last && firstTokenOnly, last ? OUTPUT : "states" + (layer + 1));
        }
        graph.output(OUTPUT, tensor("embeddings.LayerNorm.bias").getDims(0));
    }

    /** Every operation that makes a BERT encoder is there as often as it has layers, and no other that computes. */
    private void check(GraphProto source, int layers) throws UnsuitableGraphException {
        var expected = Map.of(
                "MatMulInteger",
                6 * layers,
                "MatMul",
                2 * layers,
                "Softmax",
                layers,
                "Erf",
                layers,
                "Sqrt",
                2 * layers + 1,
                "Tanh",
                0,
                "Relu",
                0,
                "Sigmoid",
                0);
        for (var operation : expected.entrySet()) {
            long count = source.getNodeList().stream()
                    .filter(node -> node.getOpType().equals(operation.getKey()))
                    .count();
            if (layers == 0 || count != operation.getValue()) {
                throw new UnsuitableGraphException(
                        "not a quantized BERT encoder: layers=%d, %s=%d".formatted(layers, operation.getKey(), count));
            }
        }
    }

    private static String layer(int number) {
        return "/encoder/layer." + number;
    }

    private String embeddings() throws UnsuitableGraphException {
        String words = looked("word", "input_ids");
        String types = looked("token_type", "token_type_ids");
        String sum = graph.node("Add", "words_types", words, types);
        graph.node("Shape", "shape", "input_ids");
        graph.node("Slice", "length", "shape", graph.constant("one", 1), graph.constant("two", 2));
        String positions = graph.node(
                "Slice",
                "position_quantized",
                use("embeddings.position_embeddings.weight_quantized"),
                graph.constant("zero", 0),
                "length",
                graph.constant("first_axis", 0));
        return normalised("states0", sum, dequantized("position", positions), "embeddings", "/embeddings");
    }

    /** Rows of an embedding table. */
    private String looked(String table, String ids) throws UnsuitableGraphException {
        String rows = graph.node(
                "Gather", table + "_quantized", use("embeddings." + table + "_embeddings.weight_quantized"), ids);
        return dequantized(table, rows);
    }

    private String dequantized(String table, String rows) throws UnsuitableGraphException {
        String weight = "embeddings." + table + "_embeddings.weight";
        return graph.node("DequantizeLinear", table, rows, use(weight + "_scale"), use(weight + "_zero_point"));
    }

    private String encode(int number, String states, boolean firstTokenOnly, String result)
            throws UnsuitableGraphException {
        String layer = layer(number);
        String weights = "encoder.layer." + number;
        String kept = states;
        String attended;
        if (firstTokenOnly) {
            kept = graph.node(
                    "Slice",
                    "first",
                    states,
                    graph.constant("zero", 0),
                    graph.constant("one", 1),
                    graph.constant("second_axis", 1));
            attended = attentionOf(layer, kept, states);
        } else {
            attended = attention(layer, states);
        }
        String dense = product(linear(layer, "/attention/output/dense"), attended, layer + "/attended");
        String middle =
                normalised(layer + "/middle", dense, kept, weights + ".attention.output", layer + "/attention/output");
        String wide = product(linear(layer, "/intermediate/dense"), middle, layer + "/wide");
        String active = graph.runtimeNode("Gelu", layer + "/active", wide);
        String narrow = product(linear(layer, "/output/dense"), active, layer + "/narrow");
        return normalised(result, narrow, middle, weights + ".output", layer + "/output");
    }

    /** Of every token to every other. */
    private String attention(String layer, String states) throws UnsuitableGraphException {
        List<Linear> parts = new ArrayList<>();
        for (String projection : PROJECTIONS) {
            parts.add(linear(layer, "/attention/self/" + projection));
        }
        Quantized input = quantized(states);
        String attention = graph.runtimeNode(
                "QAttention",
                layer + "/attention",
                input.values(),
                sideBySide(layer + "/weights", parts, Linear::weight),
                sideBySide(layer + "/biases", parts, Linear::bias),
                input.scale(),
                sideBySide(layer + "/scales", parts, Linear::scale),
                "",
                input.zeroPoint(),
                sideBySide(layer + "/zero_points", parts, Linear::zeroPoint));
        return withHeads(attention, layer);
    }

    /** Of one token to all. */
    private String attentionOf(String layer, String token, String states) throws UnsuitableGraphException {
        Quantized input = quantized(states);
        String attention = graph.runtimeNode(
                "MultiHeadAttention",
                layer + "/attention",
                product(linear(layer, "/attention/self/query"), token, layer + "/query"),
                product(linear(layer, "/attention/self/key"), input, layer + "/key"),
                product(linear(layer, "/attention/self/value"), input, layer + "/value"));
        return withHeads(attention, layer);
    }

    /** Gives the attention added last its number of heads; returns its name. */
    private String withHeads(String name, String layer) throws UnsuitableGraphException {
        graph.attribute(
                "num_heads",
                constant(layer + "/attention/self/Constant_2_output_0").getLong());
        return name;
    }

    private Linear linear(String layer, String path) throws UnsuitableGraphException {
        NodeProto product = nodes.get(layer + path + "/MatMul_quant");
        if (product == null || product.getInputCount() != 4) {
            throw new UnsuitableGraphException("no product " + layer + path);
        }
        String weight = product.getInput(1);
        String bias = (layer + path).substring(1).replace('/', '.') + ".bias";
        return new Linear(weight, weight.replace("_quantized", "_scale"), product.getInput(3), bias);
    }

    /** Quantizes the activation by itself. */
    private String product(Linear linear, String activation, String name) throws UnsuitableGraphException {
        return graph.runtimeNode(
                "DynamicQuantizeMatMul",
                name,
                activation,
                use(linear.weight()),
                use(linear.scale()),
                use(linear.zeroPoint()),
                use(linear.bias()));
    }

    private String product(Linear linear, Quantized activation, String name) throws UnsuitableGraphException {
        String integers = graph.node(
                "MatMulInteger",
                name + "_integers",
                activation.values(),
                use(linear.weight()),
                activation.zeroPoint(),
                use(linear.zeroPoint()));
        graph.node("Cast", name + "_floats", integers);
        graph.attribute("to", TensorProto.DataType.FLOAT.getNumber());
        String scale = graph.node("Mul", name + "_scale", activation.scale(), use(linear.scale()));
        String scaled = graph.node("Mul", name + "_scaled", name + "_floats", scale);
        return graph.node("Add", name, scaled, use(linear.bias()));
    }

    private Quantized quantized(String states) {
        var names = new Quantized(states + "_quantized", states + "_scale", states + "_zero_point");
        graph.node("DynamicQuantizeLinear", List.of(names.values(), names.scale(), names.zeroPoint()), states);
        return names;
    }

    /** The sum of two, normalised. */
    private String normalised(String name, String one, String other, String weights, String path)
            throws UnsuitableGraphException {
        graph.runtimeNode(
                "SkipLayerNormalization",
                name,
                one,
                other,
                use(weights + ".LayerNorm.weight"),
                use(weights + ".LayerNorm.bias"));
        graph.attribute(
                "epsilon", constant(path + "/LayerNorm/Constant_1_output_0").getFloat());
        return name;
    }

    /** Several matrices or rows of one height as one: {@code [rows, sum of columns]} or {@code [sum of columns]}. */
    private String sideBySide(String name, List<Linear> parts, Function<Linear, String> part)
            throws UnsuitableGraphException {
        List<TensorProto> tensors = new ArrayList<>();
        for (Linear linear : parts) {
            tensors.add(tensor(part.apply(linear)));
        }
        TensorProto first = tensors.getFirst();
        boolean matrix = first.getDimsCount() == 2;
        int rows = matrix ? Math.toIntExact(first.getDims(0)) : 1;
        long columns = 0;
        int size = 0;
        for (TensorProto tensor : tensors) {
            columns += tensor.getDims(tensor.getDimsCount() - 1);
            size += tensor.getRawData().size();
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        for (int row = 0; row < rows; row++) {
            for (TensorProto tensor : tensors) {
                int width = tensor.getRawData().size() / rows;
                bytes.put(tensor.getRawData()
                        .substring(row * width, (row + 1) * width)
                        .asReadOnlyByteBuffer());
            }
        }
        TensorProto.Builder joined = TensorProto.newBuilder()
                .setName(name)
                .setDataType(first.getDataType())
                .setRawData(ByteString.copyFrom(bytes.flip()));
        if (matrix) {
            joined.addDims(rows);
        }
        return graph.initializer(joined.addDims(columns).build());
    }

    /** Uses an initializer of the source. */
    private String use(String name) throws UnsuitableGraphException {
        TensorProto tensor = tensor(name);
        StoredWeights.Range range = stored.get(name);
        if (range == null || !isBytes(tensor) || range.length() < LEAST_REFERRED_BYTES) {
            return graph.initializer(tensor);
        }
        return graph.initializer(tensor.toBuilder()
                .clearRawData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", sourceName))
                .addExternalData(entry("offset", Integer.toString(range.offset())))
                .addExternalData(entry("length", Integer.toString(range.length())))
                .build());
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** A tensor of the source, as raw bytes however it is stored there. */
    private TensorProto tensor(String name) throws UnsuitableGraphException {
        TensorProto tensor = tensors.get(name);
        if (tensor == null) {
            throw new UnsuitableGraphException("no tensor " + name);
        }
        if (!tensor.getRawData().isEmpty()) {
            return tensor;
        }
        ByteBuffer bytes = ByteBuffer.allocate(tensor.getFloatDataCount() * Float.BYTES + tensor.getInt32DataCount())
                .order(ByteOrder.LITTLE_ENDIAN);
        tensor.getFloatDataList().forEach(bytes::putFloat);
        if (isBytes(tensor)) {
            tensor.getInt32DataList().forEach(value -> bytes.put(value.byteValue()));
        }
        if (bytes.position() == 0) {
            throw new UnsuitableGraphException("tensor " + name + " holds no float32, int8 or uint8");
        }
        return tensor.toBuilder()
                .clearFloatData()
                .clearInt32Data()
                .setRawData(ByteString.copyFrom(bytes.flip()))
                .build();
    }

    private static boolean isBytes(TensorProto tensor) {
        return tensor.getDataType() == TensorProto.DataType.INT8.getNumber()
                || tensor.getDataType() == TensorProto.DataType.UINT8.getNumber();
    }

    private ByteBuffer constant(String name) throws UnsuitableGraphException {
        return tensor(name).getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
