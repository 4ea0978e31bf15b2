package dev.siskin.models;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes a graph node by node; each node is named like its first output. */
final class GraphWriter {
    private static final String MICROSOFT = "com.microsoft";
    private static final int IR_VERSION = 8;
    private static final int OPERATORS_VERSION = 17;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("fused");
    private final Map<String, TensorProto> initializers = new LinkedHashMap<>();

    void input(ValueInfoProto input) {
        graph.addInput(input);
    }

    /** Declares the output: float {@code [batch, tokens, dimensions]}. */
    void output(String name, long dimensions) {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("tokens"))
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimensions))
                .build();
        graph.addOutput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape))));
    }

    /** Adds an initializer under its name, once; returns the name. */
    String initializer(TensorProto tensor) {
        initializers.putIfAbsent(tensor.getName(), tensor);
        return tensor.getName();
    }

    /** A one-dimensional constant with one value. */
    String constant(String name, long value) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
        return initializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(1)
                .setRawData(ByteString.copyFrom(bytes))
                .build());
    }

    /** Adds a node with one output, whose name it returns. */
    String node(String type, String output, String... inputs) {
        return node(type, List.of(output), inputs);
    }

    /** Adds a node; returns the name of its first output. */
    String node(String type, List<String> outputs, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(type)
                .setName(outputs.getFirst())
                .addAllInput(List.of(inputs))
                .addAllOutput(outputs));
        return outputs.getFirst();
    }

    /** Adds a node of ONNX Runtime's own operators. */
    String runtimeNode(String type, String output, String... inputs) {
        node(type, output, inputs);
        last().setDomain(MICROSOFT);
        return output;
    }

    /** Gives the last node an attribute. */
    void attribute(String name, long value) {
        last().addAttribute(AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value));
    }

    /** Gives the last node an attribute. */
    void attribute(String name, float value) {
        last().addAttribute(AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value));
    }

    private NodeProto.Builder last() {
        return graph.getNodeBuilder(graph.getNodeCount() - 1);
    }

    /** The model with this graph and its metadata. */
    ModelProto model(Map<String, String> metadata) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("siskin")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATORS_VERSION))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
                .setGraph(graph.addAllInitializer(initializers.values()));
        new TreeMap<>(metadata)
                .forEach((key, value) -> model.addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        return model.build();
    }
}
