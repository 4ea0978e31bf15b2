package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.runtime.ModelDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDirectoryTest {
    private static final EmbedderSettings SETTINGS = new EmbedderSettings(1, 4);
    private static final String MANIFEST = """
            {"version": 1, "name": "mine", "dimensions": 384, "pooling": "mean", "query_prefix": "query: ",
             "passage_prefix": "passage: ", "max_tokens": 64, "normalise": true}
            """;

    @TempDir
    private Path home = Path.of("set by JUnit");

    @ParameterizedTest
    @ValueSource(strings = {TestModels.BGE, TestModels.MINILM})
    void shippedModels_areTheFilesOfTheirManifests(String name) {
        ModelDirectory directory = TestModels.directory(name);

        assertThat(directory.manifest().name()).isEqualTo(name);
        assertThat(directory.manifest().modelSha256()).isPresent();
        assertThat(directory.manifest().tokenizerSha256()).isPresent();
        assertThatCode(directory::verify).doesNotThrowAnyException();
    }

    @Test
    void ownDirectory_isUsedAsItsManifestSays() throws IOException {
        Path mine = TestModels.copy(TestModels.MINILM, home.resolve("mine"), MANIFEST);

        try (Embedder embedder = Embedder.open(ModelDirectory.open(mine), SETTINGS);
                Embedder shipped = Embedder.open(TestModels.directory(TestModels.MINILM), SETTINGS)) {
            // mine has the plain graph alone: the same vectors but for the last digits
            assertThat(TestModels.cosine(
                            embedder.embedQuery("hello").vector(),
                            shipped.embedQuery("query: hello").vector()))
                    .isGreaterThan(0.9999);
            assertThat(TestModels.cosine(
                            embedder.embedPassage("hello").vector(),
                            shipped.embedPassage("passage: hello").vector()))
                    .isGreaterThan(0.9999);
            assertThat(TestModels.cosine(
                            embedder.embedQuery("hello").vector(),
                            embedder.embedPassage("hello").vector()))
                    .isLessThan(0.999);
            assertThat(embedder.embedPassage("word ".repeat(70)).tokens()).isEqualTo(64);
        }
    }

    @Test
    void notNormalised_keepsTheLengthTheModelGives() throws IOException {
        Path raw = TestModels.copy(TestModels.MINILM, home.resolve("raw"), MANIFEST.replace("true", "false"));

        try (Embedder embedder = Embedder.open(ModelDirectory.open(raw), SETTINGS)) {
            double squares = 0;
            for (float value : embedder.embedPassage("hello").vector()) {
                squares += (double) value * value;
            }
            assertThat(squares).isGreaterThan(1.1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedding.json", "model.onnx", "tokenizer.json"})
    void missingFile_isNamed(String file) throws IOException {
        Path mine = TestModels.hollow(home.resolve("mine"), MANIFEST);
        Files.delete(mine.resolve(file));

        assertThatThrownBy(() -> ModelDirectory.open(mine))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("has no " + file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"version\": 1        | \"version\": 2              | version must be 1: version=2",
                "\"version\": 1,       | ``                          | version must be 1: version=(missing)",
                "\"name\": \"mine\"    | \"name\": \"My Model\"      | name=\"My Model\"",
                "\"dimensions\": 384   | \"dimensions\": 0           | dimensions must be an integer from 1 to 4096: dimensions=0",
                "\"dimensions\": 384   | \"dimensions\": \"384\"     | dimensions=\"384\"",
                "\"mean\"              | \"max\"                     | pooling must be \"cls\" or \"mean\": pooling=\"max\"",
                "\"query: \"           | null                        | query_prefix must be a string, which may be empty: query_prefix=null",
                "\"max_tokens\": 64    | \"max_tokens\": 1e9         | max_tokens must be an integer from 8 to 32768",
                "true                  | 1                           | normalise must be true or false: normalise=1",
                "\"name\"              | \"max_token\": 1, \"name\"  | unknown field max_token",
                "\"name\"              | \"version\": 1, \"name\"    | not valid JSON: Duplicate field 'version'",
                "}                     | ,                           | is not valid JSON",
                "\"name\"              | \"model_sha256\": \"x\", \"name\" | model_sha256=\"x\"",
            })
    void wrongManifest_isOneLineWithFieldAllowedAndValue(String from, String to, String expected) throws IOException {
        String manifest = MANIFEST.replace(from, to);
        assertThat(manifest).isNotEqualTo(MANIFEST);
        Path mine = TestModels.hollow(home.resolve("mine"), manifest);

        assertThatThrownBy(() -> ModelDirectory.open(mine))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining(expected)
                .hasMessageContaining("embedding.json")
                .hasMessageNotContaining("\n");
    }

    @Test
    void otherDimensionsThanTheGraph_areRefused() throws IOException {
        Path mine = TestModels.copy(TestModels.MINILM, home.resolve("mine"), MANIFEST.replace("384", "768"));

        assertThatThrownBy(() -> Embedder.open(ModelDirectory.open(mine), SETTINGS))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessage(
                        "dimensions of model mine must be those of its graph, 384: dimensions=768; correct embedding.json");
    }

    @ParameterizedTest
    @CsvSource({"model.onnx, is not a usable ONNX graph", "tokenizer.json, is not a tokenizer"})
    void damagedFile_isNamed(String file, String expected) throws IOException {
        Path mine = TestModels.copy(TestModels.MINILM, home.resolve("mine"), MANIFEST);
        Files.delete(mine.resolve(file));
        Files.writeString(mine.resolve(file), "{\"not\": \"it\"}");

        assertThatThrownBy(() -> Embedder.open(ModelDirectory.open(mine), SETTINGS))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining(mine.resolve(file) + " " + expected)
                .hasMessageNotContaining("\n");
    }

    @Test
    void verify_namesTheFileThatWasChanged() throws IOException {
        String hash = "0".repeat(64);
        Path mine = TestModels.copy(
                TestModels.MINILM,
                home.resolve("mine"),
                MANIFEST.replace("\"name\"", "\"tokenizer_sha256\": \"" + hash + "\", \"name\""));

        assertThatThrownBy(() -> ModelDirectory.open(mine).verify())
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("tokenizer.json is not the file of the manifest: tokenizer_sha256=" + hash);
    }
}
