package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Filter;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.api.Tier;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.cli.Invocations.Outcome;
import dev.siskin.cli.process.Stack;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands against services that answer what the test says, over HTTP. */
class CommandsTest {
    @TempDir
    Path folder;

    private final AtomicReference<@Nullable AnswerRequest> asked = new AtomicReference<>();
    private final AtomicReference<@Nullable SearchRequest> searched = new AtomicReference<>();

    @Test
    void ask_printsAnswerCitationsAndTimings() {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = run(host, "ask", "how", "is it bounded?", "-c", "papers", "--top-k", "3");

            assertThat(outcome.status()).isZero();
            assertThat(outcome.err()).isEmpty();
            assertThat(outcome.out())
                    .contains("  It is bounded by depth. [1]")
                    .contains("  [1] Guide, Batching > Queues, page 2, characters 10–33\n      docs/guide.md\n")
                    .contains("      “It is bounded by depth.”")
                    .contains("26.0 ms (queue 0.4 ms, retrieve 5.0 ms, shape 0.2 ms, generate 20.1 ms) · extractive")
                    .contains("degraded: stale, because of retrieval_down")
                    .doesNotContain("\u001B");
        }
        AnswerRequest request = asked.get();
        assertThat(request).isNotNull();
        assertThat(request.question()).isEqualTo("how is it bounded?");
        assertThat(request.collection()).isEqualTo("papers");
        assertThat(request.topK()).isEqualTo(3);
    }

    @Test
    void ask_json_printsTheAnswerAsItCame() throws Exception {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = run(host, "ask", "how?", "--json");

            assertThat(Json.MAPPER.readValue(outcome.out(), AnswerResponse.class))
                    .isEqualTo(answer());
        }
    }

    @Test
    void ask_problem_isOneLineOnStderr() {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = run(host, "ask", "how?", "-c", "unknown");

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err()).isEqualTo("siskin: no collection has this name: collection=unknown\n");
        }
    }

    @Test
    void ask_problemQuotingControlCharacters_doNotReachTheTerminal() {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = run(host, "ask", "how?", "-c", "un\u001B[31mknown");

            assertThat(outcome.err()).isEqualTo("siskin: no collection has this name: collection=un?[31mknown\n");
        }
    }

    @Test
    void ask_nobodyListening_namesAddressAndRemedy() {
        String nobody = "http://127.0.0.1:" + Stack.freePort();

        Outcome outcome = Invocations.run(folder, Map.of("SISKIN_URL", nobody), "ask", "how?");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(nobody, "./siskin status").hasLineCount(1);
    }

    @Test
    void ask_wrongAddress_isNamed() {
        for (String wrong : List.of("127.0.0.1:7300", "ftp://host", "http://host:99999", "http://host:-2", "http://")) {
            Outcome outcome = Invocations.run(folder, Map.of("SISKIN_URL", wrong), "ask", "how?");

            assertThat(outcome.status()).as(wrong).isEqualTo(1);
            assertThat(outcome.err()).as(wrong).contains(wrong, "SISKIN_URL").hasLineCount(1);
        }
    }

    @Test
    void ask_keyFile_needsKey() {
        Path keys = folder.resolve("keys.json");
        Outcome created = Invocations.run(folder, Map.of(), "keys", "create", "--data", folder.toString());
        assertThat(created.status()).isZero();
        try (HttpHost host = start(keys)) {
            Outcome refused = run(host, "ask", "how?");
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("SISKIN_KEY", "./siskin keys create");

            Outcome allowed = run(host, "ask", "how?", "--key", created.out().strip());
            assertThat(allowed.status()).isZero();
        }
    }

    @Test
    void search_sendsEveryOptionAndPrintsHits() {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = run(
                    host, "search", "queue", "--mode", "keyword", "-k", "2", "--filter", "{\"eq\":{\"lang\":\"en\"}}");

            assertThat(outcome.status()).isZero();
            assertThat(outcome.out())
                    .contains("1. Guide, Queues, page 2")
                    .contains("docs/guide.md#3 · score 0.830, cosine 0.710, bm25 12.400")
                    .contains("It is bounded by depth. [31m red")
                    .contains("4.9 ms (embed 3.1 ms, search 1.2 ms) · generation 42");
        }
        SearchRequest request = searched.get();
        assertThat(request).isNotNull();
        assertThat(request.mode()).isEqualTo(SearchMode.KEYWORD);
        assertThat(request.k()).isEqualTo(2);
        assertThat(request.filter()).isEqualTo(new Filter.Equal("lang", "en"));
    }

    @Test
    void search_controlCharactersOfADocument_doNotReachTheTerminal() {
        try (HttpHost host = start(Path.of(""))) {
            assertThat(run(host, "search", "queue").out())
                    .contains("mail/ ]0;owned .eml#3")
                    .doesNotContain("\u001B", "\u0007");
        }
    }

    @Test
    void search_malformedFilter_isExplained() {
        Outcome outcome = Invocations.run(folder, Map.of(), "search", "queue", "--filter", "{\"equals\":{}}");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("siskin: --filter: ").contains("equals");
    }

    @Test
    void status_nothingRunning_saysSoAndFails() throws Exception {
        var ports = Map.of("SISKIN_RETRIEVAL_HTTP_PORT", "1", "SISKIN_INFERENCE_HTTP_PORT", "2");

        Outcome outcome = Invocations.run(folder, ports, "status");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out())
                .contains("retrieval-service  http://127.0.0.1:1  no answer")
                .contains("inference-service  http://127.0.0.1:2  no answer");

        JsonNode status = Json.MAPPER.readTree(
                Invocations.run(folder, ports, "status", "--json").out());
        assertThat(status.path("services").path(0).path("ready").asBoolean(true))
                .isFalse();
        assertThat(status.path("collections").isNull()).isTrue();
    }

    @Test
    void keys_createListRevoke_storesDigestsOnlyForTheOwner() throws Exception {
        String data = folder.resolve("data").toString();
        Outcome created = Invocations.run(
                folder,
                Map.of(),
                "keys",
                "create",
                "--data",
                data,
                "--tenant",
                "acme",
                "--scopes",
                "query,admin",
                "--tier",
                "premium",
                "--rate-per-minute",
                "60",
                "--id",
                "first");
        String key = created.out().strip();

        assertThat(created.status()).isZero();
        Path file = Path.of(data, "keys.json");
        assertThat(Files.readString(file)).doesNotContain(key).contains(KeyFile.digest(key));
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        assertThat(new KeyFile(file).read())
                .singleElement()
                .satisfies(entry -> assertThat(entry.scopes()).containsExactlyInAnyOrder(Scope.QUERY, Scope.ADMIN));

        Outcome listed = Invocations.run(folder, Map.of("SISKIN_DATA", data), "keys", "list");
        assertThat(listed.out()).contains("first", "acme", "admin,query", "premium", "60");

        Outcome twice = Invocations.run(folder, Map.of(), "keys", "create", "--data", data, "--id", "first");
        assertThat(twice.status()).isEqualTo(1);
        assertThat(twice.err()).contains("id=first");

        assertThat(Invocations.run(folder, Map.of(), "keys", "revoke", "first", "--data", data)
                        .status())
                .isZero();
        assertThat(Invocations.run(folder, Map.of(), "keys", "revoke", "first", "--data", data)
                        .err())
                .contains("no key has this id: id=first");
    }

    @Test
    void doctor_nothingBuilt_namesRemedies() throws Exception {
        Outcome outcome = Invocations.run(folder, Map.of(), "doctor", "--json");

        assertThat(outcome.status()).isEqualTo(1);
        JsonNode findings = Json.MAPPER.readTree(outcome.out());
        assertThat(findings.findValuesAsText("check"))
                .contains("java", "native libraries", "embedding", "memory", "disk");
        for (JsonNode finding : findings) {
            assertThat(finding.path("ok").asBoolean() || finding.path("remedy").isTextual())
                    .as("%s has a remedy unless it is ok", finding.path("check"))
                    .isTrue();
        }
        assertThat(finding(findings, "embedding").path("ok").asBoolean(true)).isFalse();
        assertThat(finding(findings, "java").path("ok").asBoolean()).isTrue();
    }

    @Test
    void doctor_modelsFolderOfTheSettings_isTheOneLookedInto() throws Exception {
        Path mine = folder.resolve("my-models");
        Outcome outcome =
                Invocations.run(folder, Map.of("SISKIN_EMBEDDING_MODELS_PATH", mine.toString()), "doctor", "--json");

        JsonNode model = finding(Json.MAPPER.readTree(outcome.out()), "model");
        assertThat(model.path("detail").asText()).contains(mine.toString());
    }

    private static JsonNode finding(JsonNode findings, String check) {
        for (JsonNode finding : findings) {
            if (finding.path("check").asText().equals(check)) {
                return finding;
            }
        }
        throw new AssertionError("no finding named " + check);
    }

    @Test
    void up_notBuilt_saysWhatToRun() {
        Outcome outcome = Invocations.run(folder, freePorts(), "up", "--data", folder.toString());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("retrieval-service is not built", "./siskin build");
    }

    @Test
    void up_portInUse_namesPortAndSetting() {
        try (HttpHost host = start(Path.of(""))) {
            Outcome outcome = Invocations.run(
                    folder,
                    Map.of("SISKIN_RETRIEVAL_HTTP_PORT", Integer.toString(host.port())),
                    "up",
                    "--data",
                    folder.toString());

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.err()).contains("port " + host.port() + " is in use", "SISKIN_RETRIEVAL_HTTP_PORT=");
        }
    }

    @Test
    void down_nothingRunning_isDone() {
        Outcome outcome = Invocations.run(folder, Map.of(), "down", "--data", folder.toString());

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("nothing is running");
    }

    @Test
    void wrongUsage_isOneLineAndStatus2() {
        for (String[] wrong : List.of(
                new String[] {"ask"},
                new String[] {"keys"},
                new String[] {"nonsense"},
                new String[] {"search", "x", "--mode", "loud"},
                new String[] {"search", "x", "-k", "many"},
                new String[] {"up", "--forever"})) {
            Outcome outcome = Invocations.run(folder, Map.of(), wrong);
            assertThat(outcome.status()).as(String.join(" ", wrong)).isEqualTo(2);
            assertThat(outcome.err())
                    .as(String.join(" ", wrong))
                    .hasLineCount(1)
                    .contains("--help");
        }
    }

    @Test
    void help_everyCommandHasExamples() {
        for (var command :
                Siskin.commandLine(Invocations.here()).getSubcommands().entrySet()) {
            if (!command.getKey().equals("help")) {
                Outcome help = Invocations.run(folder, Map.of(), command.getKey(), "--help");
                assertThat(help.status()).as(command.getKey()).isZero();
                assertThat(help.out()).as(command.getKey()).contains("Usage: siskin " + command.getKey(), "Example");
            }
        }
    }

    @Test
    void wrongSetting_isNamed() {
        Outcome outcome = Invocations.run(
                folder, Map.of("SISKIN_RETRIEVAL_HTTP_PORT", "many"), "status", "--data", folder.toString());

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("SISKIN_RETRIEVAL_HTTP_PORT must be").hasLineCount(1);
    }

    private static Map<String, String> freePorts() {
        return Map.of(
                "SISKIN_RETRIEVAL_HTTP_PORT",
                Integer.toString(Stack.freePort()),
                "SISKIN_INFERENCE_HTTP_PORT",
                Integer.toString(Stack.freePort()));
    }

    private Outcome run(HttpHost host, String... arguments) {
        String url = "http://127.0.0.1:" + host.port();
        return Invocations.run(folder, Map.of("SISKIN_URL", url, "SISKIN_RETRIEVAL_URL", url), arguments);
    }

    private HttpHost start(Path keys) {
        HttpSettings settings = HttpSettings.declare("test", 0)
                .read(Settings.of(Map.of("test.http.port", "0", "test.keys.file", keys.toString())));
        return HttpHost.named("test-service", settings)
                .post("/v1/answers", Scope.QUERY, 10_000, ContentKind.JSON, (context, caller) -> {
                    AnswerRequest request = JsonBody.read(context, AnswerRequest.class);
                    asked.set(request);
                    if (String.valueOf(request.collection()).startsWith("un")) {
                        throw Problem.notFound("no collection has this name: collection=" + request.collection());
                    }
                    context.json(answer());
                })
                .post("/v1/collections/{name}/search", Scope.QUERY, 10_000, ContentKind.JSON, (context, caller) -> {
                    searched.set(JsonBody.read(context, SearchRequest.class));
                    context.json(hits());
                })
                .start();
    }

    private static AnswerResponse answer() {
        return new AnswerResponse(
                "It is bounded by depth. [1]",
                false,
                List.of(new AnswerResponse.Citation(
                        1,
                        "docs/guide.md",
                        3,
                        "Guide",
                        "file:///docs/guide.md",
                        2,
                        "Batching > Queues",
                        10,
                        33,
                        "It is bounded by depth.",
                        .71)),
                new AnswerResponse.Route(
                        Tier.EXTRACTIVE,
                        "extractive",
                        "the only tier",
                        new AnswerResponse.Degraded("stale", "retrieval_down")),
                new AnswerResponse.Shaping(0, 0, 6, 4, 1800, 1200, false),
                new AnswerResponse.Usage(1200, 64, 1000),
                new AnswerResponse.Cost(.000004, .004),
                AnswerResponse.CacheUse.NONE,
                42,
                new AnswerResponse.Timings(.4, 5.0, .2, 20.1, 26.0),
                "request-1");
    }

    private static SearchResponse hits() {
        return new SearchResponse(
                List.of(hit("docs/guide.md"), hit("mail/\u001B]0;owned\u0007.eml")),
                42,
                "bge-small-en-v1.5",
                null,
                new SearchResponse.Timings(3.1, 1.2, 4.9));
    }

    private static Hit hit(String documentId) {
        return new Hit(
                documentId,
                3,
                .83,
                new Hit.Scores(.71, 12.4, .83),
                new Hit.Ranks(1, 4),
                "It is bounded by depth. \u001B[31m red",
                null,
                "Queues",
                "Guide",
                null,
                2,
                10,
                33,
                Map.of(),
                List.of());
    }
}
