package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The graph that the build makes of a model's: where it runs, and that it gives the same vectors. */
class FusedGraphTest {
    private static final List<String> TEXTS = List.of(
            "siskin",
            "How is the queue bounded, and what happens when it is full?",
            "The siskin is a small finch of coniferous woodland that feeds on alder and birch seeds in winter.",
            "tar --create --gzip --file target.tar.gz path/to/file1 path/to/file2 ".repeat(9),
            "Größe, naïve café, 東京, and a bird \uD83D\uDC26. ".repeat(60));

    /**
     * Another order of summing in floating point moves an int8 vector: the plain graph with one scale moved by a unit in
     * the last place agrees with itself to .9975 at least and .9992 on average.
     */
    private static final double LEAST_COSINE = 0.99;

    private static final double MEAN_COSINE = 0.998;

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {TestModels.BGE, TestModels.MINILM})
    void givesTheVectorsOfThePlainGraph(String name) throws IOException {
        try (EmbeddingModel plain = EmbeddingModel.open(copy(name, "plain"));
                EmbeddingModel fused = EmbeddingModel.open(TestModels.directory(name))) {
            assertThat(plain.isFused()).isFalse();
            assertThat(fused.isFused()).isTrue();
            double sum = 0;
            for (String text : TEXTS) {
                Embedding expected = plain.embed(EmbeddingInput.PASSAGE, text);
                Embedding found = fused.embed(EmbeddingInput.PASSAGE, text);
                assertThat(found.tokens()).isEqualTo(expected.tokens());
                double cosine = TestModels.cosine(found.vector(), expected.vector());
                assertThat(cosine).isGreaterThan(LEAST_COSINE);
                sum += cosine;
            }
            assertThat(sum / TEXTS.size()).isGreaterThan(MEAN_COSINE);
        }
    }

    @Test
    void leavesTheFingerprintAsItWas() throws IOException {
        try (EmbeddingModel plain = EmbeddingModel.open(copy(TestModels.BGE, "plain"));
                EmbeddingModel fused = EmbeddingModel.open(TestModels.directory(TestModels.BGE))) {
            ModelDirectory directory = TestModels.directory(TestModels.BGE);
            assertThat(ModelFingerprint.of(directory, fused).id())
                    .isEqualTo(ModelFingerprint.of(directory, plain).id());
        }
    }

    @Test
    void isNotUsedWhereItWasMadeOfAnotherFile() throws IOException {
        ModelDirectory mixed = copy(TestModels.MINILM, "mixed");
        Files.copy(
                TestModels.path(TestModels.BGE).resolve("fused.onnx"),
                mixed.path().resolve("fused.onnx"));
        assertRunsPlain(mixed);
    }

    @Test
    void isNotUsedForAnotherPooling() throws IOException {
        Path mine = home.resolve("mine");
        String manifest = Files.readString(TestModels.path(TestModels.BGE).resolve("embedding.json"));
        TestModels.copy(TestModels.BGE, mine, manifest.replace("\"cls\"", "\"mean\""));
        Files.copy(TestModels.path(TestModels.BGE).resolve("fused.onnx"), mine.resolve("fused.onnx"));
        assertRunsPlain(ModelDirectory.open(mine));
    }

    @Test
    void isNotUsedWhereItIsDamaged() throws IOException {
        ModelDirectory damaged = copy(TestModels.MINILM, "damaged");
        Files.writeString(damaged.path().resolve("fused.onnx"), "no graph");
        assertRunsPlain(damaged);
    }

    private static void assertRunsPlain(ModelDirectory directory) {
        try (EmbeddingModel model = EmbeddingModel.open(directory)) {
            assertThat(model.isFused()).isFalse();
            assertThat(model.embed(EmbeddingInput.PASSAGE, "siskin").vector()).hasSize(384);
        }
    }

    /** The model without its fused graph. */
    private ModelDirectory copy(String name, String to) throws IOException {
        String manifest = Files.readString(TestModels.path(name).resolve("embedding.json"));
        return ModelDirectory.open(TestModels.copy(name, home.resolve(to), manifest));
    }
}
