package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
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
            return folders.filter(Files::isDirectory).sorted().toList();
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
    void anotherModelOfThatName_isPackedBesideIt_untilOneIsGone() throws IOException {
        Path one = copyOf(Fixture.of("llama-optimum"), directory.resolve("one/model"));
        Path other = copyOf(Fixture.of("llama-optimum"), directory.resolve("other/model"));
        Path kept = directory.resolve("kept");
        written(ModelFolder.open(one), Optional.of(kept));
        written(ModelFolder.open(other), Optional.of(kept));
        assertThat(foldersOf(kept)).hasSize(2);

        Files.delete(one.resolve("onnx/model.onnx"));
        written(ModelFolder.open(other), Optional.of(kept));
        assertThat(foldersOf(kept)).hasSize(1);
    }

    @Test
    void weightsThatWereReplaced_arePackedAnew_andTheOldOnesGo() throws IOException {
        Path model = copyOf(Fixture.of("llama-optimum"), directory.resolve("model"));
        Path kept = directory.resolve("kept");
        written(ModelFolder.open(model), Optional.of(kept));
        List<String> before = foldersOf(kept);
        Files.setLastModifiedTime(model.resolve("onnx/model.onnx"), FileTime.fromMillis(1_000_000));
        written(ModelFolder.open(model), Optional.of(kept));

        assertThat(foldersOf(kept)).hasSize(1).isNotEqualTo(before);
    }

    @Test
    void whatAnotherProgramMade_andAKilledOneLeft_goes() throws IOException {
        ModelFolder model = Fixture.of("llama-genai").model();
        written(model, Optional.of(directory));
        Path made = packed().getFirst();
        Path earlier = Files.createDirectory(directory.resolve("llama-genai-0123456789abcdef"));
        List<String> source = Files.readAllLines(made.resolve("source"));
        Files.write(
                earlier.resolve("source"),
                Stream.concat(Stream.of("1 1.0.0 Linux/amd64 "), source.stream().skip(1))
                        .toList());
        Path withoutSource = Files.createDirectory(directory.resolve("gone-0123456789abcdef"));
        Path half = Files.createDirectory(directory.resolve("packing-17"));
        Files.createFile(half.resolve("model.data"));
        Path foreign = Files.createDirectory(directory.resolve("notes"));

        written(model, Optional.of(directory));

        assertThat(earlier).doesNotExist();
        assertThat(withoutSource).doesNotExist();
        assertThat(half).doesNotExist();
        assertThat(packed()).containsExactlyInAnyOrder(made, foreign);
    }

    @Test
    void fullDisk_leavesTheModelAsItIs_andNothingBehind() {
        ModelFolder model = Fixture.of("llama-genai").model();
        long needed = PackedGraph.ROOM * model.weightBytes();

        assertThat(of(model, needed - 1)).isEqualTo(model.graphFile());
        assertThat(foldersOf(directory)).isEmpty();
        assertThat(of(model, needed)).isNotEqualTo(model.graphFile());
    }

    @Test
    void graphThatCannotBeWritten_leavesNothingBehind() {
        ModelFolder model = Fixture.of("llama-genai").model();

        Path graph = PackedGraph.of(
                model,
                directory,
                OnnxRuntime.environment(),
                () -> {
                    throw new OrtException("No space left on device");
                },
                any -> true,
                folder -> Long.MAX_VALUE);

        assertThat(graph).isEqualTo(model.graphFile());
        assertThat(foldersOf(directory)).isEmpty();
    }

    private Path of(ModelFolder model, long freeBytes) {
        return PackedGraph.of(
                model, directory, OnnxRuntime.environment(), SessionOptions::new, any -> true, folder -> freeBytes);
    }

    private static List<String> foldersOf(Path directory) {
        try (Stream<Path> folders = Files.list(directory)) {
            return folders.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path copyOf(Fixture fixture, Path folder) throws IOException {
        Files.createDirectories(folder.resolve("onnx"));
        for (String file : List.of("config.json", "onnx/model.onnx")) {
            Files.copy(fixture.path().resolve(file), folder.resolve(file));
        }
        return folder;
    }

    @Test
    void directoryThatCannotBeWrittenTo_leavesTheModelAsItIs() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        ModelFolder model = Fixture.of("llama-genai").model();

        assertThat(written(model, Optional.of(file))).isEqualTo(written(model, Optional.empty()));
    }
}
