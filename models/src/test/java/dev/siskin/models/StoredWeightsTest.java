package dev.siskin.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StoredWeightsTest {
    private static TensorProto tensor(String name, int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return TensorProto.newBuilder()
                .setName(name)
                .addDims(length)
                .setDataType(TensorProto.DataType.INT8.getNumber())
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    @Test
    void findsTheBytesOfEveryInitializerStoredRaw() throws IOException {
        TensorProto small = tensor("small", 7);
        TensorProto large = tensor("large", 70_000);
        TensorProto numbers =
                TensorProto.newBuilder().setName("numbers").addFloatData(1).build();
        byte[] file = ModelProto.newBuilder()
                .setProducerName("test")
                .setGraph(GraphProto.newBuilder()
                        .addNode(NodeProto.newBuilder().setOpType("Add").setName("sum"))
                        .addInitializer(small)
                        .addInitializer(numbers)
                        .addInitializer(large)
                        .setName("graph"))
                .build()
                .toByteArray();

        Map<String, StoredWeights.Range> ranges = StoredWeights.in(file);

        assertThat(ranges).containsOnlyKeys("small", "large");
        assertThat(ranges).hasEntrySatisfying("small", range -> assertHolds(file, range, small));
        assertThat(ranges).hasEntrySatisfying("large", range -> assertHolds(file, range, large));
    }

    private static void assertHolds(byte[] file, StoredWeights.Range range, TensorProto tensor) {
        assertThat(Arrays.copyOfRange(file, range.offset(), range.offset() + range.length()))
                .isEqualTo(tensor.getRawData().toByteArray());
    }
}
