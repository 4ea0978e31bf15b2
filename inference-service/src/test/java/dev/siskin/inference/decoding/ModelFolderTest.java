package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.generators.GeneratorFolderException;
import dev.siskin.generators.OnnxFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelFolderTest {
    private static final DecoderLimits LIMITS = new DecoderLimits(2, 16 << 20, 512, 1, 16);

    @TempDir
    private Path folder;

    private void copy(String fixture) throws IOException {
        Path from = Fixture.of(fixture).path();
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = folder.resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void replace(String file, String from, String to) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertThat(text).contains(from);
        Files.writeString(folder.resolve(file), text.replace(from, to));
    }

    private void cut(String file, double share) throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(file));
        Files.write(folder.resolve(file), Arrays.copyOf(bytes, (int) (bytes.length * share)));
    }

    private void assertFails(String... parts) {
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageStartingWith(folder.toString())
                .message()
                .contains(parts)
                .doesNotContain("\n");
    }

    @Test
    void huggingFace_readsConfigAndGenerationConfig() throws IOException {
        copy("qwen3-optimum");
        ModelFolder model = ModelFolder.open(folder);

        assertThat(model.graphFile()).isEqualTo(folder.resolve("onnx/model.onnx"));
        assertThat(model.endTokens()).containsExactlyInAnyOrder(300, 302);
        assertThat(model.contextTokens()).isEqualTo(256);
        assertThat(model.onnx().operators()).doesNotContain("com.microsoft.GroupQueryAttention");
        assertThat(model.weightBytes()).isEqualTo(Files.size(model.graphFile()));
    }

    @Test
    void huggingFace_withoutGenerationConfig_takesTheConfigsEndToken() throws IOException {
        copy("qwen3-optimum");
        Files.delete(folder.resolve("generation_config.json"));
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 7, \"n_positions\": 99}");

        assertThat(ModelFolder.open(folder).endTokens()).containsExactly(7);
        assertThat(ModelFolder.open(folder).contextTokens()).isEqualTo(99);
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": null}");
        assertThat(ModelFolder.open(folder).endTokens()).isEmpty();
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": \"</s>\"}");
        assertFails("config.json: eos_token_id", "</s>");
    }

    @Test
    void generationConfig_saysStopTextsAndWhatIsDrawnFrom() throws IOException {
        copy("qwen3-optimum");
        String ends = "{\"eos_token_id\": [300, 302], \"top_k\": 20, \"top_p\": 0.8, \"repetition_penalty\": 1.1";
        Files.writeString(folder.resolve("generation_config.json"), ends + ", \"stop_strings\": [\"###\", \"END\"]}");
        ModelFolder model = ModelFolder.open(folder);

        assertThat(model.stopStrings()).containsExactly("###", "END");
        assertThat(model.sampling()).isEqualTo(new Sampling(0, 20, 0.8, 0, 1, 0));
        Files.writeString(folder.resolve("generation_config.json"), ends + ", \"stop_strings\": \"###\"}");
        assertThat(ModelFolder.open(folder).stopStrings()).containsExactly("###");
        Files.writeString(folder.resolve("generation_config.json"), ends + ", \"stop_strings\": 7}");
        assertFails("generation_config.json: stop_strings must be a text", "7");
        Files.writeString(folder.resolve("generation_config.json"), "{\"top_p\": 3}");
        assertFails("generation_config.json: topP must be above 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // the graph has windows of 8 in five layers, the sixth sees all
                "gemma3_text|256|{\"sliding_window\":8}",
                "gemma3_text|256|{\"sliding_window\":8,\"sliding_window_pattern\":6}",
                "gemma3_text|8|{\"sliding_window\":8,\"sliding_window_pattern\":3}",
                "gemma3_text|8|{\"sliding_window\":16}",
                "gemma3_text|8|{\"sliding_window\":null}",
                "mistral|8|{\"sliding_window\":8}",
                "qwen2|8|{\"sliding_window\":8}",
                "qwen2|8|{\"sliding_window\":8,\"use_sliding_window\":true,\"max_window_layers\":1}",
                "other|256|{\"sliding_window\":8,\"layer_types\":[\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"full_attention\"]}",
            })
    void windowsOfTheGraph_otherThanTheConfigurations_capTheContext(String type, int context, String config)
            throws IOException {
        copy("gemma3-genai");
        Files.delete(folder.resolve("genai_config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replaceFirst("\\{", "{\"model_type\":\"" + type + "\",\"max_position_embeddings\":256,"));

        assertThat(ModelFolder.open(folder).contextTokens()).isEqualTo(context);
    }

    @Test
    void windowThatTheGraphDoesNotHave_capsTheContext() throws IOException {
        copy("smollm2-gqa");
        assertThat(ModelFolder.open(folder).contextTokens()).isEqualTo(256);
        replace("config.json", "\"model_type\"", "\"sliding_window\": 100, \"model_type\"");

        assertThat(ModelFolder.open(folder).contextTokens()).isEqualTo(100);
    }

    @Test
    void huggingFace_prefersFourBits() throws IOException {
        copy("smollm2-optimum-q4");
        copy("llama-optimum-int8");
        copy("qwen3-optimum");

        assertThat(ModelFolder.open(folder).graphFile()).isEqualTo(folder.resolve("onnx/model_q4.onnx"));
        assertThat(ModelFolder.open(folder, "model.onnx").graphFile()).isEqualTo(folder.resolve("onnx/model.onnx"));
        Files.delete(folder.resolve("onnx/model_q4.onnx"));
        assertThat(ModelFolder.open(folder).graphFile()).isEqualTo(folder.resolve("onnx/model_quantized.onnx"));
        assertThatThrownBy(() -> ModelFolder.open(folder, "model_q8.onnx"))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining(
                        "has no model_q8.onnx; graphs there: [onnx/model_quantized.onnx, onnx/model.onnx]");
    }

    @Test
    void genai_readsNamesContextAndEndTokens() throws IOException {
        copy("llama-genai");
        ModelFolder model = ModelFolder.open(folder);

        assertThat(model.graphFile()).isEqualTo(folder.resolve("model.onnx"));
        assertThat(model.endTokens()).containsExactlyInAnyOrder(301, 304);
        assertThat(model.headSize()).isEqualTo(16);
        assertThat(model.onnx().operators()).contains("com.microsoft.GroupQueryAttention");
        assertThat(model.weightBytes())
                .isEqualTo(Files.size(folder.resolve("model.onnx")) + Files.size(folder.resolve("model.onnx.data")));
    }

    @Test
    void genai_capsTheContextAtAWindowThatItsCallerWouldSlide() throws IOException {
        copy("llama-genai");
        replace("genai_config.json", "\"head_size\"", "\"sliding_window\": {\"window_size\": 64}, \"head_size\"");

        assertThat(ModelFolder.open(folder).contextTokens()).isEqualTo(64);
    }

    @Test
    void genai_ofSeveralGraphs_isUnsupported() throws IOException {
        copy("llama-genai");
        replace("genai_config.json", "\"head_size\"", "\"pipeline\": [], \"head_size\"");

        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("decoder.pipeline");
    }

    @Test
    void missingFiles_areNamed() throws IOException {
        assertFails("neither config.json nor genai_config.json");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertFails("has no graph");
        copy("llama-genai");
        Files.delete(folder.resolve("model.onnx.data"));
        assertFails("model.onnx.data is missing", "model.onnx");
        Files.delete(folder.resolve("model.onnx"));
        assertFails("model.onnx is missing");
        assertThatThrownBy(() -> ModelFolder.open(folder.resolve("none")))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("is no folder");
    }

    @Test
    void filesThatEndEarly_areNamed() throws IOException {
        copy("llama-genai");
        long whole = Files.size(folder.resolve("model.onnx.data"));
        cut("model.onnx.data", .9);
        assertFails("model.onnx.data is cut off", (long) (whole * .9) + " bytes", "needs " + whole);
        copy("llama-genai");
        cut("model.onnx", .9);
        assertFails("model.onnx is no whole ONNX graph");
        copy("llama-genai");
        cut("genai_config.json", .5);
        assertFails("genai_config.json: ");
    }

    @Test
    void whatIsNoGraph_isNamed() throws IOException {
        copy("llama-genai");
        Files.writeString(folder.resolve("model.onnx"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
        assertFails("model.onnx", "no whole ONNX graph");
        Files.write(folder.resolve("model.onnx"), new byte[0]);
        assertFails("model.onnx is empty");
        Files.writeString(folder.resolve("genai_config.json"), "[]");
        assertFails("genai_config.json is no configuration");
    }

    @Test
    void anyByteOfTheGraphChanged_neverBreaksTheReader() throws IOException {
        copy("llama-genai");
        byte[] bytes = Files.readAllBytes(folder.resolve("model.onnx"));
        for (int at = 0; at < bytes.length; at += 3) {
            byte[] changed = bytes.clone();
            changed[at] ^= (byte) 0xFF;
            Files.write(folder.resolve("model.onnx"), changed);
            try {
                assertThat(OnnxFile.read(folder.resolve("model.onnx")).operators())
                        .isNotNull();
            } catch (GeneratorFolderException e) {
                assertThat(e).hasMessageStartingWith(folder.toString());
            }
        }
    }

    @Test
    void graphThatOnnxRuntimeRefuses_isNamed() throws IOException {
        copy("llama-genai");
        byte[] bytes = Files.readAllBytes(folder.resolve("model.onnx"));
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(
                folder.resolve("model.onnx"),
                text.replace("GroupQueryAttention", "GroupQuoryAttention").getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> Decoder.open(ModelFolder.open(folder), LIMITS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining("GroupQuoryAttention");
    }

    @Test
    void inputThatIsNotKnown_isNamed() throws IOException {
        copy("llama-genai");
        replace("genai_config.json", "\"attention_mask\": \"attention_mask\"", "\"attention_mask\": \"mask\"");

        assertThatThrownBy(() -> Decoder.open(ModelFolder.open(folder), LIMITS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("inputs that are not supported: [attention_mask]");
    }

    @Test
    void graphWithoutACache_isUnsupported() throws IOException {
        copy("llama-genai");
        replace("genai_config.json", "past_key_values.%d.key", "past.%d.key");

        assertThatThrownBy(() -> Decoder.open(ModelFolder.open(folder), LIMITS))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("has no input past.0.key");
    }
}
