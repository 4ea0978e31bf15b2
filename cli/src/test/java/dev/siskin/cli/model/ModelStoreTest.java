package dev.siskin.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Terminal;
import dev.siskin.generators.GeneratorFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
    @TempDir
    Path folder;

    private Path models = Path.of("");
    private Path source = Path.of("");
    private long free = Long.MAX_VALUE;

    @BeforeEach
    void write() throws IOException {
        models = folder.resolve("data/models");
        source = folder.resolve("source");
        Files.createDirectories(source.resolve("onnx"));
        Files.writeString(source.resolve("config.json"), "{\"model_type\":\"llama\"}");
        Files.writeString(source.resolve("tokenizer.json"), "{}");
        Files.writeString(source.resolve("chat_template.jinja"), "{{ messages }}");
        Files.write(source.resolve("pytorch_model.bin"), new byte[1_000]);
        Files.write(source.resolve("onnx/model_q4.onnx"), SmallGraphs.external("weights", 100));
        Files.write(source.resolve("onnx/weights"), new byte[100]);
    }

    @Test
    void copy_takesWhatAModelNeeds_behindLinksToo() throws Exception {
        Path blob = Files.move(source.resolve("onnx/weights"), folder.resolve("blob"));
        Files.createSymbolicLink(source.resolve("onnx/weights"), blob);

        copy();

        assertThat(content())
                .containsExactly(
                        ".lock",
                        "mine/chat_template.jinja",
                        "mine/config.json",
                        "mine/onnx/model_q4.onnx",
                        "mine/onnx/weights",
                        "mine/tokenizer.json");
        assertThat(models.resolve("mine/onnx/weights")).hasSize(100).isRegularFile();
        assertThat(Files.isSymbolicLink(models.resolve("mine/onnx/weights"))).isFalse();
    }

    @Test
    void copy_ofAGraphThatHoldsItsWeights_hasThemBeside() throws Exception {
        Files.write(source.resolve("onnx/model_q4.onnx"), SmallGraphs.whole(2 << 20, 1));
        Files.delete(source.resolve("onnx/weights"));

        assertThat(copy().graphs().getFirst().data()).containsExactly("onnx/model_q4.onnx_data");
        assertThat(source.resolve("onnx/model_q4.onnx_data")).doesNotExist();
    }

    @Test
    void copy_takesThePlaceOfTheOneBefore() throws Exception {
        copy();
        Files.delete(source.resolve("chat_template.jinja"));

        copy();

        assertThat(content()).doesNotContain("mine/chat_template.jinja").contains("mine/config.json");
        assertThat(content()).noneMatch(file -> file.startsWith(".mine"));
    }

    @Test
    void copy_ofABrokenFolder_leavesNothing() throws Exception {
        Files.write(source.resolve("onnx/weights"), new byte[99]);

        assertThatThrownBy(this::copy).isInstanceOf(CommandFailure.class).hasMessageContaining("is cut off");
        assertThat(content()).containsExactly(".lock");
    }

    @Test
    void copy_withoutRoom_leavesNothing() throws Exception {
        free = 100;

        assertThatThrownBy(this::copy)
                .isInstanceOf(CommandFailure.class)
                .hasMessageContainingAll("has 100 B free", "are needed");
        assertThat(content()).containsExactly(".lock");
    }

    @Test
    void endOfProcess_tellsTheWork_andWaitsForIt() throws Exception {
        Thread ending;
        try (EndOfProcess end = EndOfProcess.watch()) {
            end.check();
            ending = Thread.ofPlatform().start(end::begin);
            while (ending.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            assertThatThrownBy(end::check).isInstanceOf(CommandFailure.class).hasMessage("interrupted");
        }
        ending.join();
    }

    @Test
    void claim_ofAKilledCopy_removesIt() throws Exception {
        Files.createDirectories(models.resolve(".mine.adding/onnx"));
        Files.write(models.resolve(".mine.adding/onnx/half"), new byte[10]);
        Files.createDirectories(models.resolve(".other.adding"));

        ModelStore.claim(models, "mine").close();

        assertThat(models.resolve(".mine.adding")).doesNotExist();
        assertThat(models.resolve(".other.adding")).exists();
    }

    @Test
    void claim_ofAReplacementKilledHalfWay_putsTheOneBeforeBack() throws Exception {
        copy();
        Files.move(models.resolve("mine"), models.resolve(".mine.replaced"));

        ModelStore.claim(models, "mine").close();

        assertThat(content()).contains("mine/config.json").noneMatch(file -> file.startsWith(".mine"));
    }

    @Test
    void claim_ofAModelThatIsBeingChanged_isRefused() {
        try (ModelStore first = ModelStore.claim(models, "mine");
                ModelStore other = ModelStore.claim(models, "other")) {
            assertThat(List.of(first.exists(), other.exists())).containsOnly(false);
            assertThatThrownBy(() -> ModelStore.claim(models, "mine"))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("another command is changing model 'mine'");
        }
        ModelStore.claim(models, "mine").close();
    }

    @Test
    void claim_ofWhatIsNoName_isRefused() {
        for (String wrong : List.of("", ".", "..", "../x", "a/b", "Upper", ".hidden", "a".repeat(65))) {
            assertThatThrownBy(() -> ModelStore.claim(models, wrong))
                    .as(wrong)
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("a model's name is");
        }
    }

    @Test
    void remove_deletesModelAndWhatWasPulled_notBehindLinks() throws Exception {
        Files.createDirectories(models);
        Files.createSymbolicLink(models.resolve("mine"), source);
        Files.createDirectories(models.resolve(".mine.pulling/parts"));

        try (ModelStore store = ModelStore.claim(models, "mine")) {
            store.remove();
        }

        assertThat(models.resolve("mine")).doesNotExist();
        assertThat(models.resolve(".mine.pulling")).doesNotExist();
        assertThat(source.resolve("config.json")).exists();
    }

    private GeneratorFolder copy() {
        var nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        try (ModelStore store = ModelStore.claim(models, "mine")) {
            return new ModelCopy(new Terminal(nowhere, nowhere, 80, false, false), true, at -> free)
                    .into(store, source);
        }
    }

    private List<String> content() throws IOException {
        try (Stream<Path> files = Files.walk(models)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> models.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
