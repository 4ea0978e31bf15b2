package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.generators.ModelCheckReport;
import dev.siskin.generators.WeightsFile;
import dev.siskin.inference.decoding.ModelFolderException;
import dev.siskin.memory.MemoryProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCheckTest {
    private static final Path MODEL =
            Path.of("src/test/resources/decoder/llama-optimum").toAbsolutePath();
    private static final Path SMALLEST = Path.of("models/siskin-mini").toAbsolutePath();
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    @Test
    void run_measuresAllTheTokensAskedFor() throws Exception {
        ModelCheckReport report = check(MODEL, "", 12, GIB);

        assertThat(report.graph()).isEqualTo("onnx/model.onnx");
        assertThat(report.weightsBytes()).isEqualTo(Files.size(MODEL.resolve("onnx/model.onnx")));
        assertThat(report.newTokens()).isEqualTo(12);
        assertThat(report.promptTokens()).isEqualTo(Math.min(256, report.contextTokens() - 12));
        assertThat(report.decodeTokensPerSecond()).isPositive().isFinite();
        assertThat(report.sequencesBytes())
                .isGreaterThanOrEqualTo(report.kvBytesPerToken() * report.sequences() * report.contextTokens());
        assertThat(report.runBytes()).isGreaterThan(report.runWeightsBytes());
        assertThat(report.packed()).isFalse();
        assertThat(report.sequences()).isEqualTo(2);
        assertThat(report.neededBytes()).isGreaterThan(report.sequencesBytes() + report.weightsBytes());
        assertThat(report.fits()).isTrue();
    }

    @Test
    void run_onASmallerHost_doesNotFit() {
        assertThat(check(MODEL, "", 2, 4L << 20).fits()).isFalse();
    }

    @Test
    void weightsLargerThanTheHost_areNotLoaded() {
        assertThatThrownBy(() -> check(MODEL, "", 2, 100_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("model.onnx does not fit");
    }

    @Test
    void weightsMovedOutOfTheGraph_writeTheSame() throws Exception {
        for (String file : List.of("config.json", "tokenizer.json", "onnx/model.onnx")) {
            copy(file);
        }

        assertThat(WeightsFile.moveOut(folder.resolve("onnx/model.onnx"))).isTrue();

        assertThat(Files.size(folder.resolve("onnx/model.onnx"))).isLessThan(100_000);
        assertThat(check(folder, "", 48, GIB).text())
                .isEqualTo(check(MODEL, "", 48, GIB).text());
    }

    @Test
    void otherGraph_isNamed() {
        assertThatThrownBy(() -> check(MODEL, "onnx/none.onnx", 2, GIB))
                .isInstanceOf(ModelFolderException.class)
                .hasMessageContaining("none.onnx");
    }

    @Test
    void tokenizerOfAnotherModel_isNamed() throws Exception {
        copy("config.json");
        copy("onnx/model.onnx");
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},
                "post_processor":null,"decoder":null,
                "model":{"type":"WordLevel","vocab":{"[UNK]":100000},"unk_token":"[UNK]"}}""");

        assertThatThrownBy(() -> check(folder, "", 2, GIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the tokenizer is of another model");
    }

    private void copy(String file) throws IOException {
        Files.createDirectories(folder.resolve(file).resolveSibling(""));
        Files.copy(MODEL.resolve(file), folder.resolve(file));
    }

    private ModelCheckReport check(Path model, String graph, int tokens, long hostBytes) {
        var plan = new ModelCheck.Plan(model, graph, 1, tokens, 2, 512, folder.resolve("packed"));
        return new ModelCheck(plan, SMALLEST, MemoryProbe.self(), hostBytes).run();
    }
}
