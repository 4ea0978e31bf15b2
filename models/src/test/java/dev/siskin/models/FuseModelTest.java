package dev.siskin.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What it makes of the real models is tested with the embedder, in the module shared. */
class FuseModelTest {
    private static final byte[] OTHER_GRAPH = ModelProto.newBuilder()
            .setGraph(GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder().setOpType("MatMul").setName("/encoder/layer.0/output/dense")))
            .build()
            .toByteArray();

    @TempDir
    Path directory;

    @Test
    void refusesGraphsOfAnotherKind() {
        assertThatThrownBy(() -> FusedGraph.of(OTHER_GRAPH, "model.onnx", "", "cls"))
                .isInstanceOf(UnsuitableGraphException.class)
                .hasMessageContaining("not a quantized BERT encoder");
    }

    @Test
    void leavesDirectoriesWithOtherGraphsAsTheyAre() throws IOException {
        Files.write(directory.resolve("model.onnx"), OTHER_GRAPH);

        FuseModel.main(new String[] {directory.toString(), "cls"});

        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("model.onnx"));
        }
    }
}
