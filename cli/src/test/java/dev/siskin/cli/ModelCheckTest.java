package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.model.SmallGraphs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code model check} with a stand-in for the process that loads the model. */
@Timeout(60)
class ModelCheckTest {
    private static StandIns.@Nullable Compiled compiled;

    @TempDir
    Path home;

    private @Nullable StandIns standIns;
    private Path model = Path.of("");

    @BeforeAll
    static void compile(@TempDir Path folder) throws IOException {
        compiled = StandIns.compile(folder);
    }

    @BeforeEach
    void install() throws IOException {
        standIns = Objects.requireNonNull(compiled).install(home);
        model = Files.createDirectories(home.resolve(".siskin/models/mine"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("tokenizer.json"), "{}");
        Files.write(model.resolve("model.onnx"), SmallGraphs.whole(100, 1));
    }

    @Test
    void check_saysWhatWasFound() throws Exception {
        Outcome outcome = run("model", "check", "mine", "--threads", "3", "--sequences", "4", "--context", "512");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        assertThat(outcome.out())
                .contains("onnx/model_q4.onnx, 3 threads")
                .contains("100.0 MiB in files, 110.0 MiB measured, of which the kernel can take back 100.0 MiB")
                .contains("1,024 bytes a token", "900.0 tokens/s (256 read)", "40.5 tokens/s (64 written)")
                .contains("100.3 MiB predicted, 100.0 MiB of them weights; 110.3 MiB measured (+10 %)")
                .contains(
                        "171.7 MiB: a process of 50.0 MiB, with the model and 4 answers of 512 tokens (16.0 MiB of KV")
                .contains("fits this host's 4.0 GiB")
                .doesNotContain("\u001B");
        JsonNode json = Json.MAPPER.readTree(
                run("model", "check", model.toString(), "--json").out());
        assertThat(json.path("model").asText()).isEqualTo(model.toString());
        assertThat(json.path("sequences").asInt()).isEqualTo(8);
    }

    @Test
    void check_thatPackedTheWeights_isDoneAgain() throws Exception {
        Objects.requireNonNull(standIns).fault("model-check.packs");

        JsonNode json =
                Json.MAPPER.readTree(run("model", "check", "mine", "--json").out());

        assertThat(json.path("packed").asBoolean(true)).isFalse();
    }

    @Test
    void check_ofWhatDoesNotFit_failsWithItsReport() throws Exception {
        Objects.requireNonNull(standIns).fault("model-check.too-small");

        Outcome outcome = run("model", "check", "mine");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).contains("does not fit this host's 128 MiB: take a smaller graph");
    }

    @Test
    void check_ofWhatCannotBeUsed_isTheOneLineOfTheProcess() throws Exception {
        Objects.requireNonNull(standIns).fault("model-check.fails");

        Outcome outcome = run("model", "check", "mine");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).isEqualTo("siskin: unsupported input: pixel_values\n");
    }

    @Test
    void check_thatWasKilled_saysWhyThatMayBe() throws Exception {
        Objects.requireNonNull(standIns).fault("model-check.killed");

        assertThat(run("model", "check", "mine").err())
                .contains("status 137", "too large for this host")
                .hasLineCount(1);
    }

    @Test
    void check_ofNothingOrABrokenFolder_startsNoProcess() throws Exception {
        Objects.requireNonNull(standIns).fault("model-check.fails");
        assertThat(run("model", "check", "other").err()).contains("there is no model 'other' here; there are [mine]");

        Files.delete(model.resolve("tokenizer.json"));
        assertThat(run("model", "check", "mine").err())
                .contains("tokenizer.json is missing")
                .hasLineCount(1);
        assertThat(run("model", "check", "mine", "--tokens", "1").err()).contains("--tokens must be 2 or more: 1");
    }

    private Outcome run(String... arguments) {
        return Invocations.run(home, Map.of(), arguments);
    }
}
