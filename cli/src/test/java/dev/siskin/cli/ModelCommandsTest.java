package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.model.SmallGraphs;
import dev.siskin.cli.process.Stack;
import dev.siskin.generators.PackedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCommandsTest {
    @TempDir
    Path home;

    @Test
    void list_nothingThere_saysWhatBringsOne() {
        Outcome outcome = run("model", "list");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("no models", "./siskin model pull");
        assertThat(run("model", "list", "--json").out()).isEqualToIgnoringWhitespace("[]");
    }

    @Test
    void list_showsEveryGraph_andWhatIsBroken() throws Exception {
        model(home.resolve("inference-service/models/siskin-mini"));
        Path broken = model(home.resolve(".siskin/models/broken"));
        Files.delete(broken.resolve("tokenizer.json"));

        Outcome outcome = run("model", "list");
        JsonNode json = Json.MAPPER.readTree(run("model", "list", "--json").out());

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out())
                .containsPattern("siskin-mini +shipped +hugging-face +llama +2,048 +512 +onnx/model_q4.onnx +\\d+ B")
                .containsPattern("siskin-mini .* onnx/model.onnx")
                .containsPattern("broken  broken\n(    .*\n)* +.*tokenizer.json\\s+is\\s+missing");
        assertThat(json.findValuesAsText("name")).containsExactly("broken", "siskin-mini");
        assertThat(json.path(0).path("fault").asText()).contains("tokenizer.json is missing");
        assertThat(json.path(1).path("graphs").findValuesAsText("file"))
                .containsExactly("onnx/model_q4.onnx", "onnx/model.onnx");
        assertThat(json.path(1).path("context_tokens").asInt()).isEqualTo(2048);
    }

    @Test
    void add_copiesAFolder_once_unlessItIsToBeReplaced() throws Exception {
        Path folder = model(home.resolve("My Model"));

        Outcome added = run("model", "add", folder.toString());
        assertThat(added.err()).isEmpty();
        assertThat(added.out()).contains("my-model: llama, onnx/model_q4.onnx (");
        assertThat(run("model", "list").out()).contains("my-model", "added");

        Outcome again = run("model", "add", folder.toString());
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err())
                .contains("there is a model 'my-model' already", "--replace")
                .hasLineCount(1);
        assertThat(run("model", "add", folder.toString(), "--replace").status()).isZero();
        assertThat(run("model", "add", folder.toString(), "--name", "other").status())
                .isZero();
    }

    @Test
    void add_noSuchFolderOrNoModel_isOneLine() throws Exception {
        Outcome missing = run("model", "add", home.resolve("none").toString());
        assertThat(missing.err()).contains("there is no folder").hasLineCount(1);

        Files.createDirectories(home.resolve("hollow"));
        Outcome hollow = run("model", "add", home.resolve("hollow").toString());
        assertThat(hollow.status()).isEqualTo(1);
        assertThat(hollow.err())
                .contains("neither config.json nor genai_config.json")
                .hasLineCount(1);
    }

    @Test
    void remove_takesWhatWasAdded_andNothingElse() throws Exception {
        model(home.resolve("inference-service/models/siskin-mini"));
        Path folder = model(home.resolve("mine"));
        run("model", "add", folder.toString());
        Path packed = home.resolve(".siskin/packed-models");
        packed(packed.resolve("mine-0123456789abcdef"), home.resolve(".siskin/models/mine/config.json"));
        packed(packed.resolve("other-0123456789abcdef"), folder.resolve("config.json"));

        assertThat(run("model", "remove", "mine").out()).isEqualTo("removed mine\n");
        assertThat(packed.resolve("mine-0123456789abcdef")).doesNotExist();
        assertThat(packed.resolve("other-0123456789abcdef/model.data")).exists();
        assertThat(run("model", "remove", "mine").err()).contains("there is no model 'mine'", "[siskin-mini]");
        assertThat(run("model", "remove", "siskin-mini").err()).contains("comes with Siskin");
        assertThat(run("model", "remove", "../mine").err()).contains("a model's name is");
        assertThat(folder).exists();
    }

    @Test
    void pull_ofWhatIsThereOrFromNowhere_isOneLine() throws Exception {
        run("model", "add", model(home.resolve("mine")).toString());

        Outcome there = run("model", "pull", "acme/Mine");
        assertThat(there.err()).contains("there is a model 'mine' already").hasLineCount(1);

        Outcome wrong = Invocations.run(home, Map.of("SISKIN_MODELS_BASE_URL", "nowhere"), "model", "pull", "acme/x");
        assertThat(wrong.err()).contains("SISKIN_MODELS_BASE_URL must be").hasLineCount(1);

        Outcome elsewhere = run("model", "pull", "ftp://127.0.0.1:" + Stack.freePort() + "/acme/x");
        assertThat(elsewhere.status()).isEqualTo(1);
        assertThat(elsewhere.err()).contains("a model is named owner/name").hasLineCount(1);
    }

    @Test
    void help_everySubcommandHasExamples() {
        CommandLine model = Objects.requireNonNull(
                Siskin.commandLine(Invocations.here()).getSubcommands().get("model"));
        var subcommands = model.getSubcommands().keySet();
        assertThat(subcommands).contains("list", "add", "pull", "remove", "check");
        for (String command : subcommands) {
            assertThat(run("model", command, "--help").out())
                    .as(command)
                    .contains("Example", "siskin model " + command);
        }
    }

    private static void packed(Path packed, Path of) throws IOException {
        Files.createDirectories(packed);
        Files.createFile(packed.resolve("model.data"));
        PackedModels.write(packed, PackedModels.source("by", List.of(of)));
    }

    private Outcome run(String... arguments) {
        return Invocations.run(home, Map.of(), arguments);
    }

    private static Path model(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("onnx"));
        Files.writeString(folder.resolve("config.json"), """
                {"model_type":"llama","vocab_size":512,"max_position_embeddings":2048}""");
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        Files.write(folder.resolve("onnx/model.onnx"), SmallGraphs.whole(200, 1));
        Files.write(folder.resolve("onnx/model_q4.onnx"), SmallGraphs.whole(100, 2));
        return folder;
    }
}
