package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PackedGraphTest {
    private static final DecoderLimits LIMITS = new DecoderLimits(2, 64 << 20, 256, 1, 64);

    @TempDir
    private Path directory;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    private List<Integer> written(ModelFolder model, Optional<Path> packed) {
        try (Decoder decoder = Decoder.open(model, LIMITS, Drafting.NONE, packed)) {
            return Fixture.greedy(decoder, new int[] {3, 4, 5, 6, 7, 3, 4}, 24);
        }
    }

    private List<Path> packed() throws IOException {
        try (Stream<Path> folders = Files.list(directory)) {
            return folders.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void packedGraph_writesTheSame_whenMadeAndWhenFound(Fixture fixture) throws IOException {
        List<Integer> plain = written(fixture.model(), Optional.empty());

        assertThat(written(fixture.model(), Optional.of(directory))).isEqualTo(plain);
        List<Path> made = packed();
        assertThat(made).hasSize(1);
        FileTime time = Files.getLastModifiedTime(made.getFirst());
        assertThat(written(fixture.model(), Optional.of(directory))).isEqualTo(plain);
        assertThat(packed()).isEqualTo(made);
        assertThat(Files.getLastModifiedTime(made.getFirst())).isEqualTo(time);
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void packedGraph_isMadeOfAll_butThoseThatOnnxRuntimeDoesNotReadBack(Fixture fixture) throws IOException {
        ModelFolder model = fixture.model();
        written(model, Optional.of(directory));
        Path made = packed().getFirst();

        // initializers of branches are written twice by ONNX Runtime 1.29
        boolean isReadBack = !model.onnx().operators().contains("If");
        assertThat(Files.exists(made.resolve("model.onnx"))).isEqualTo(isReadBack);
        assertThat(Files.exists(made.resolve("unusable"))).isNotEqualTo(isReadBack);
    }

    @Test
    void damagedOne_isMadeAgain() throws IOException {
        ModelFolder model = Fixture.of("llama-genai").model();
        List<Integer> plain = written(model, Optional.of(directory));
        Path data = packed().getFirst().resolve("model.data");
        byte[] whole = Files.readAllBytes(data);
        Files.write(data, Arrays.copyOf(whole, whole.length / 2));

        assertThat(written(model, Optional.of(directory))).isEqualTo(plain);
        assertThat(Files.readAllBytes(data)).isEqualTo(whole);
        assertThat(packed()).hasSize(1);
    }

    @Test
    void anotherModelOfThatName_isPackedBesideIt() throws IOException {
        Path copy = directory.resolve("model");
        Path kept = directory.resolve("kept");
        Files.createDirectories(copy.resolve("onnx"));
        for (String file : List.of("config.json", "onnx/model.onnx")) {
            Files.copy(Fixture.of("llama-optimum").path().resolve(file), copy.resolve(file));
        }
        written(ModelFolder.open(copy), Optional.of(kept));
        Files.setLastModifiedTime(copy.resolve("onnx/model.onnx"), FileTime.fromMillis(1_000_000));
        written(ModelFolder.open(copy), Optional.of(kept));

        try (Stream<Path> folders = Files.list(kept)) {
            assertThat(folders).hasSize(2);
        }
    }

    @Test
    void directoryThatCannotBeWrittenTo_leavesTheModelAsItIs() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        ModelFolder model = Fixture.of("llama-genai").model();

        assertThat(written(model, Optional.of(file))).isEqualTo(written(model, Optional.empty()));
    }
}
