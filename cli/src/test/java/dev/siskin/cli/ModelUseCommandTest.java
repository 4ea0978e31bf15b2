package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.GeneratorList;
import dev.siskin.api.GeneratorRequest;
import dev.siskin.api.GeneratorStatus;
import dev.siskin.api.GeneratorStatus.Change;
import dev.siskin.api.GeneratorStatus.Runs;
import dev.siskin.api.GeneratorStatus.State;
import dev.siskin.api.Json;
import dev.siskin.api.Tier;
import dev.siskin.auth.Scope;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.settings.Settings;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change of model against a service that tells its steps one by one. */
class ModelUseCommandTest {
    @TempDir
    Path folder;

    private final ConcurrentLinkedDeque<String> asked = new ConcurrentLinkedDeque<>();
    private final Queue<GeneratorStatus> told = new ArrayDeque<>();
    private HttpHost host;

    @BeforeEach
    void start() {
        HttpSettings settings = HttpSettings.declare("test", 0).read(Settings.of(Map.of("test.http.port", "0")));
        host = HttpHost.named("test-service", settings)
                .put("/v1/generators/{tier}", Scope.ADMIN, 1_000, (context, _) -> {
                    asked.add(context.pathParam("tier") + " " + JsonBody.read(context, GeneratorRequest.class));
                    if (told.isEmpty()) {
                        throw Problem.notFound("there is no model 'nosuch' here");
                    }
                    context.status(202).json(told.remove());
                })
                .get("/v1/generators", Scope.ADMIN, (context, _) -> {
                    var extractive =
                            new GeneratorStatus(Tier.EXTRACTIVE, Runs.BUILT_IN, "extractive-1", null, null, null, null);
                    context.json(new GeneratorList(List.of(told.remove(), extractive)));
                })
                .start();
    }

    @AfterEach
    void stop() {
        host.close();
    }

    private Outcome run(String... arguments) {
        return Invocations.run(folder, Map.of("SISKIN_URL", host.address()), arguments);
    }

    private static GeneratorStatus status(String model, State state, String error) {
        return new GeneratorStatus(
                Tier.SMALL,
                Runs.LOCAL,
                model,
                null,
                "old",
                2,
                new Change("new", state, error.isEmpty() ? null : error));
    }

    @Test
    void use_showsTheStepsAndSaysHowToKeepIt() {
        told.add(status("old/q4", State.LOADING, ""));
        told.add(status("old/q4", State.LOADING, ""));
        told.add(status("new/q4", State.DRAINING, ""));
        told.add(status("new/q4", State.DONE, ""));

        Outcome outcome = run("model", "use", "new", "--file", "onnx/model_int8.onnx");

        assertThat(outcome.status()).isZero();
        assertThat(asked).containsExactly("small " + new GeneratorRequest("new", "onnx/model_int8.onnx"));
        assertThat(outcome.err()).isEqualTo("loading: new …\nthe model before ends its answers …\n");
        assertThat(outcome.out()).isEqualTo("""
                        tier small: new/q4
                        The next start brings back old; to keep it: SISKIN_INFERENCE_SMALL_LOCAL_MODEL=new SISKIN_INFERENCE_SMALL_LOCAL_FILE=onnx/model_int8.onnx
                        """);
    }

    @Test
    void use_failed_saysWhyAndWhatGoesOn() {
        told.add(status("old/q4", State.LOADING, ""));
        told.add(status("old/q4", State.FAILED, "tokenizer.json is no tokenizer"));

        Outcome outcome = run("model", "use", "new");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("tier small: tokenizer.json is no tokenizer; it goes on with old/q4");
    }

    @Test
    void use_asJson_isTheStatusAtTheEnd() throws Exception {
        told.add(status("old/q4", State.FAILED, "too large"));

        Outcome outcome = run("model", "use", "new", "--json");
        JsonNode json = Json.MAPPER.readTree(outcome.out());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(json.path("change").path("state").asText()).isEqualTo("failed");
        assertThat(json.path("model_at_start").asText()).isEqualTo("old");
    }

    @Test
    void use_refused_isOneLine() {
        Outcome outcome = run("model", "use", "nosuch", "--tier", "large");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(asked).hasSize(1).first().asString().startsWith("large ");
        assertThat(outcome.err()).contains("no model 'nosuch'").hasLineCount(1);
        assertThat(run("model", "use", "new", "--tier", "extractive").status()).isEqualTo(2);
    }
}
