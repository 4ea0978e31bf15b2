package dev.siskin.generators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsFileTest {
    @TempDir
    Path folder;

    @Test
    void largeTensors_goOut_atPageBorders_andSmallOnesStay() throws Exception {
        byte[] first = weights(5_000, 1);
        byte[] second = weights(70_000, 2);
        byte[] model = TestGraphs.model(
                TestGraphs.initializer(TestGraphs.tensor(first)),
                TestGraphs.constant(TestGraphs.tensor(weights(3_000, 3))),
                TestGraphs.initializer(TestGraphs.tensor(weights(100, 4))),
                TestGraphs.initializer(TestGraphs.tensor(second)));
        Path graph = Files.write(folder.resolve("model.onnx"), model);

        assertThat(WeightsFile.moveOut(graph)).isTrue();

        assertThat(OnnxFile.read(graph).externalData()).isEqualTo(Map.of("model.onnx_data", 8_192 + 70_000L));
        byte[] data = Files.readAllBytes(folder.resolve("model.onnx_data"));
        assertThat(Arrays.copyOf(data, 5_000)).isEqualTo(first);
        assertThat(Arrays.copyOfRange(data, 8_192, data.length)).isEqualTo(second);
        assertThat(graph).binaryContent().hasSizeBetween(3_100, 3_500);
        assertThat(files()).containsExactly("model.onnx", "model.onnx_data");
    }

    @Test
    void graphWithoutLargeTensors_staysAsItIs() throws Exception {
        byte[] model = TestGraphs.model(TestGraphs.initializer(TestGraphs.inline(1_000)));
        Path graph = Files.write(folder.resolve("model.onnx"), model);

        assertThat(WeightsFile.moveOut(graph)).isFalse();

        assertThat(graph).hasBinaryContent(model);
        assertThat(files()).containsExactly("model.onnx");
    }

    @Test
    void graphWithWeightsBeside_staysAsItIs() throws Exception {
        byte[] model = TestGraphs.model(TestGraphs.initializer(TestGraphs.external("model.onnx_data", 0, 5_000)));
        Path graph = Files.write(folder.resolve("model.onnx"), model);
        Files.write(folder.resolve("model.onnx_data"), weights(5_000, 1));

        assertThat(WeightsFile.moveOut(graph)).isFalse();

        assertThat(graph).hasBinaryContent(model);
    }

    @Test
    void graphCutOff_isRefused_andLeavesNothingBeside() throws Exception {
        byte[] model = TestGraphs.model(TestGraphs.initializer(TestGraphs.inline(5_000)));
        Path graph = Files.write(folder.resolve("model.onnx"), Arrays.copyOf(model, 4_000));

        assertThatThrownBy(() -> WeightsFile.moveOut(graph)).isInstanceOf(IOException.class);

        assertThat(files()).containsExactly("model.onnx");
    }

    private static byte[] weights(int bytes, long seed) {
        var weights = new byte[bytes];
        new Random(seed).nextBytes(weights);
        return weights;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
