package dev.siskin.generators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.siskin.generators.GeneratorFolder.Graph;
import dev.siskin.generators.GeneratorFolder.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorFolderTest {
    private static final byte[] SMALL = TestGraphs.model(TestGraphs.initializer(TestGraphs.inline(100)));

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("onnx"));
        text("tokenizer.json", "{}");
        text("config.json", """
                {"model_type":"qwen2","vocab_size":151936,"max_position_embeddings":32768}""");
    }

    @Test
    void huggingFace_tellsWhatIsThere_bestGraphFirst() throws Exception {
        for (String graph : List.of("model", "model_fp16", "model_int8", "model_q4", "embed_tokens")) {
            bytes("onnx/" + graph + ".onnx", SMALL);
        }

        GeneratorFolder read = GeneratorFolder.read(folder);

        assertThat(read.layout()).isEqualTo(Layout.HUGGING_FACE);
        assertThat(read.architecture()).isEqualTo("qwen2");
        assertThat(read.contextTokens()).hasValue(32_768);
        assertThat(read.vocabularyTokens()).hasValue(151_936);
        assertThat(read.graphs())
                .extracting(Graph::file)
                .containsExactly(
                        "onnx/model_q4.onnx",
                        "onnx/model_int8.onnx",
                        "onnx/model.onnx",
                        "onnx/model_fp16.onnx",
                        "onnx/embed_tokens.onnx");
    }

    @Test
    void huggingFace_modelThatSeesToo_hasItsFiguresInTextConfig() throws Exception {
        bytes("onnx/model.onnx", SMALL);
        text("config.json", """
                {"model_type":"gemma3","text_config":{"vocab_size":262144,"max_position_embeddings":131072}}""");

        assertThat(GeneratorFolder.read(folder).vocabularyTokens()).hasValue(262_144);
    }

    @Test
    void architecture_thatIsNoName_isNotRepeated() throws Exception {
        bytes("onnx/model.onnx", SMALL);
        text("config.json", "{\"model_type\":\"\\u001b[31mred\"}");

        assertThat(GeneratorFolder.read(folder).architecture()).isEqualTo("unknown");
    }

    @Test
    void genai_graphIsTheOneNamed() throws Exception {
        text("genai_config.json", """
                {"model":{"type":"phi3","vocab_size":32064,"context_length":4096,"decoder":{"filename":"past.onnx"}}}""");
        bytes("past.onnx", SMALL);
        bytes("other.onnx", SMALL);

        GeneratorFolder read = GeneratorFolder.read(folder);

        assertThat(read.layout()).isEqualTo(Layout.ONNXRUNTIME_GENAI);
        assertThat(read.architecture()).isEqualTo("phi3");
        assertThat(read.contextTokens()).hasValue(4096);
        assertThat(read.graphs())
                .extracting(Graph::file, Graph::data, Graph::bytes)
                .containsExactly(tuple("past.onnx", List.of(), (long) SMALL.length));
    }

    @Test
    void weights_inFilesBeside_areFoundWhereverTheGraphNamesThem_andCounted() throws Exception {
        byte[] graph = TestGraphs.model(
                TestGraphs.initializer(TestGraphs.external("model.onnx_data", 0, 64)),
                TestGraphs.initializer(TestGraphs.inline(70_000)),
                TestGraphs.constant(TestGraphs.external("model.onnx_data", 64, 36)),
                TestGraphs.branch(TestGraphs.initializer(TestGraphs.external("parts/second", 0, 10))));
        bytes("onnx/model.onnx", graph);
        bytes("onnx/model.onnx_data", new byte[100]);
        bytes("onnx/parts/second", new byte[10]);

        assertThat(GeneratorFolder.read(folder).graphs())
                .extracting(Graph::file, Graph::data, Graph::bytes)
                .containsExactly(tuple(
                        "onnx/model.onnx", List.of("onnx/model.onnx_data", "onnx/parts/second"), graph.length + 110L));
    }

    @Test
    void weights_cutOff_areNamedWithBothLengths() throws Exception {
        bytes("onnx/model.onnx", TestGraphs.model(TestGraphs.initializer(TestGraphs.external("data", 64, 36))));
        bytes("onnx/data", new byte[99]);

        assertThatThrownBy(() -> GeneratorFolder.read(folder))
                .isInstanceOf(GeneratorFolderException.class)
                .hasMessageContaining("data is cut off: it has 99 bytes, onnx/model.onnx needs 100");
    }

    @Test
    void weights_missing_areNamed() throws Exception {
        bytes("onnx/model.onnx", TestGraphs.model(TestGraphs.initializer(TestGraphs.external("data", 0, 36))));

        assertThatThrownBy(() -> GeneratorFolder.read(folder)).hasMessageEndingWith("onnx/data is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../secret", "/etc/passwd", ".."})
    void weights_outsideTheFolder_areRefused(String location) throws Exception {
        bytes("onnx/model.onnx", TestGraphs.model(TestGraphs.initializer(TestGraphs.external(location, 0, 36))));

        assertThatThrownBy(() -> GeneratorFolder.read(folder))
                .hasMessageContainingAll("outside the model's folder", location);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 50, 100})
    void graph_cutOffAnywhere_isNamed(int bytes) throws Exception {
        bytes("onnx/model.onnx", Arrays.copyOf(SMALL, bytes));

        assertThatThrownBy(() -> GeneratorFolder.read(folder))
                .isInstanceOf(GeneratorFolderException.class)
                .hasMessageContaining("model.onnx is ");
    }

    @Test
    void graph_thatIsAnErrorPage_isNamed() throws Exception {
        text("onnx/model.onnx", "<html>not found</html>");

        assertThatThrownBy(() -> GeneratorFolder.read(folder)).hasMessageContaining("is no whole ONNX graph");
    }

    @Test
    void filesOfAnotherKind_areSaidToBeMissing() throws Exception {
        assertThatThrownBy(() -> GeneratorFolder.read(folder)).hasMessageContaining("has no graph");

        bytes("onnx/model.onnx", SMALL);
        Files.delete(folder.resolve("tokenizer.json"));
        assertThatThrownBy(() -> GeneratorFolder.read(folder)).hasMessageContaining("tokenizer.json is missing");

        Files.delete(folder.resolve("config.json"));
        assertThatThrownBy(() -> GeneratorFolder.read(folder))
                .hasMessageContaining("neither config.json nor genai_config.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "", "nonsense"})
    void config_thatIsNoJsonObject_isNamedInOneLine(String config) throws Exception {
        bytes("onnx/model.onnx", SMALL);
        text("config.json", config);

        assertThatThrownBy(() -> GeneratorFolder.read(folder))
                .isInstanceOf(GeneratorFolderException.class)
                .hasMessageContaining("config.json")
                .message()
                .hasLineCount(1);
    }

    private void text(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }

    private void bytes(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        Files.write(file, content);
    }
}
