package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.GeneratorList;
import dev.siskin.api.GeneratorStatus;
import dev.siskin.api.GeneratorStatus.Change;
import dev.siskin.api.GeneratorStatus.State;
import dev.siskin.api.Json;
import dev.siskin.api.Tier;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over HTTP with models of its own, which are replaced while it answers. */
@Timeout(180)
final class ModelChangeTest {
    private static final String OWN = "siskin-mini";
    private static final String BOUND = "The queue holds 64 requests.";
    private static final String TEXT = BOUND + " A full queue answers with status 503.";

    private final HttpClient http = HttpClient.newHttpClient();
    private final RetrievalStandIn retrieval = new RetrievalStandIn("");

    @TempDir
    private Path data;

    private final List<InferenceService> started = new ArrayList<>();

    @BeforeEach
    void prepare() {
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of(BOUND, 0.8)));
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        started.forEach(InferenceService::close);
        retrieval.close();
    }

    private void start(Map<String, String> more) {
        var settings = new HashMap<>(Map.of(
                "data",
                data.toString(),
                "inference.http.port",
                "0",
                "inference.retrieval.url",
                "http://127.0.0.1:" + retrieval.port(),
                "inference.small.local.model",
                OWN,
                "inference.small.local.threads",
                "1",
                "inference.small.local.max.context.tokens",
                "768"));
        settings.putAll(more);
        started.add(InferenceService.start(Settings.of(settings), System::nanoTime));
    }

    /** The project's own model under another name. */
    private Path model(String name) {
        Path from = Path.of("models", OWN);
        Path to = data.resolve("models").resolve(name);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        return to;
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(started.getLast().address() + path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private HttpResponse<String> use(String tier, String body) {
        return send("PUT", "/v1/generators/" + tier, body);
    }

    private GeneratorStatus status(Tier tier) {
        try {
            String body = send("GET", "/v1/generators", "").body();
            return Json.MAPPER.readValue(body, GeneratorList.class).generators().stream()
                    .filter(one -> one.tier() == tier)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    /** Looks until the change has ended. */
    private Change ended() {
        while (true) {
            Change change = Objects.requireNonNull(status(Tier.SMALL).change());
            if (change.state().isEnd()) {
                return change;
            }
            Thread.onSpinWait();
        }
    }

    /** Whether it was answered by a model here; a small one may write no whole sentence, and the error says so. */
    private boolean isWritten(String question) {
        String insists = ask(question).replace("}", ",\"allow_degraded\":false}");
        HttpResponse<String> response = send("POST", "/v1/answers", insists);
        if (response.statusCode() != 200) {
            assertRefused(response, 503, "cannot answer now: it wrote");
        }
        return response.statusCode() == 200;
    }

    private static String ask(String question) {
        return """
                {"question":"%s","collection":"docs","route":"small","max_tokens":40}""".formatted(question);
    }

    private AnswerResponse answer(String question) {
        HttpResponse<String> response = send("POST", "/v1/answers", ask(question));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        try {
            return Json.MAPPER.readValue(response.body(), AnswerResponse.class);
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    private void assertRefused(HttpResponse<String> response, int status, String... words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(words);
    }

    @Test
    void generators_areThoseOfEachTier_andOnlyAModelOfThisProcessIsReplaced() {
        start(Map.of());

        assertThat(status(Tier.SMALL).model()).startsWith(OWN + "/model_q4.onnx/");
        assertThat(status(Tier.SMALL).modelAtStart()).isEqualTo(OWN);
        assertThat(status(Tier.SMALL).threads()).isEqualTo(1);
        assertThat(status(Tier.EXTRACTIVE).runs()).isEqualTo(GeneratorStatus.Runs.BUILT_IN);
        assertRefused(use("extractive", "{\"model\":\"siskin-mini\"}"), 422, "no model in this process");
        assertRefused(use("large", "{\"model\":\"siskin-mini\"}"), 404, "no tier 'large'", "small");
        assertRefused(use("small", "{}"), 400, "model must be the name");
        assertRefused(use("small", "{\"model\":\"../elsewhere\"}"), 400, "model must be the name");
        assertRefused(use("small", "{\"model\":\"siskin-mini\",\"file\":\"../x.onnx\"}"), 400, "file must be a graph");
        assertRefused(use("small", "{\"model\":\"nosuch\"}"), 404, "no model 'nosuch'", OWN);
        assertThat(status(Tier.SMALL).change()).isNull();
    }

    @Test
    void change_underLoad_losesNoAnswer() throws Exception {
        model("other");
        start(Map.of());
        var stop = new AtomicBoolean();
        var answered = new Semaphore(0);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> running = IntStream.range(0, 4)
                    .mapToObj(client -> clients.submit(() -> {
                        int written = 0;
                        for (int n = 0; !stop.get(); n++) {
                            written +=
                                    isWritten("How many requests does queue %d-%d hold?".formatted(client, n)) ? 1 : 0;
                            answered.release();
                        }
                        return written;
                    }))
                    .toList();
            for (String model : List.of("other", OWN, "other")) {
                answered.drainPermits();
                answered.acquire(6);
                assertThat(use("small", "{\"model\":\"%s\"}".formatted(model)).statusCode())
                        .isEqualTo(202);
                assertThat(ended().state()).isEqualTo(State.DONE);
            }
            stop.set(true);
            for (Future<Integer> client : running) {
                client.get(); // fails where one of its questions was not answered
            }
        }

        assertThat(status(Tier.SMALL).model()).startsWith("other/");
        assertThat(send("GET", "/v1/memory", "").body())
                .contains("\"detail\":\"other/")
                .doesNotContain("\"detail\":\"siskin-mini/");
    }

    @Test
    void change_ofAReplacedFolder_isAnotherModelForTheCache() throws IOException {
        Path folder = model("mine");
        start(Map.of("inference.small.local.model", "mine"));
        String before = status(Tier.SMALL).model();
        AnswerResponse first = answer("How many requests does the queue hold?");
        Files.writeString(folder.resolve("README.md"), "another training");

        assertThat(use("small", "{\"model\":\"mine\"}").statusCode()).isEqualTo(202);
        assertThat(ended().state()).isEqualTo(State.DONE);

        assertThat(status(Tier.SMALL).model()).isNotEqualTo(before);
        AnswerResponse second = answer("How many requests does the queue hold?");
        assertThat(second.cache()).isNotEqualTo(AnswerResponse.CacheUse.ANSWER);
        assertThat(second.answer()).isEqualTo(first.answer());
    }

    @Test
    void brokenModel_isRefusedWithTheFault_andTheOldOneGoesOn() throws IOException {
        Path cut = model("cut");
        byte[] weights = Files.readAllBytes(cut.resolve("onnx/model_q4.onnx_data"));
        Files.write(cut.resolve("onnx/model_q4.onnx_data"), Arrays.copyOf(weights, weights.length / 2));
        Path garbled = model("garbled");
        Files.writeString(garbled.resolve("tokenizer.json"), "{\"model\":");
        start(Map.of());
        String before = status(Tier.SMALL).model();

        assertRefused(use("small", "{\"model\":\"cut\"}"), 422, "model_q4.onnx_data");
        assertThat(use("small", "{\"model\":\"garbled\"}").statusCode()).isEqualTo(202);
        Change failed = ended();
        assertThat(failed.state()).isEqualTo(State.FAILED);
        assertThat(failed.error()).contains("tokenizer.json");
        assertThat(status(Tier.SMALL).model()).isEqualTo(before);
        assertThat(status(Tier.SMALL).fault()).isNull();
        assertThat(send("GET", "/readyz", "").body()).doesNotContain("limitation");
        answer("How many requests does the queue hold?");
    }

    @Test
    void modelsThatDoNotFitTogether_theOldOneGoesFirst_andComesBackWhereTheNewOneFails() throws IOException {
        model("other");
        Path garbled = model("garbled");
        Files.writeString(garbled.resolve("tokenizer.json"), "{\"model\":");
        start(Map.of("inference.local.max.bytes", "56m", "inference.small.local.kv.max.bytes", "12m"));
        String before = status(Tier.SMALL).model();

        assertThat(use("small", "{\"model\":\"garbled\"}").statusCode()).isEqualTo(202);
        assertThat(ended().state()).isEqualTo(State.FAILED);
        assertThat(status(Tier.SMALL).model()).isEqualTo(before);

        assertThat(use("small", "{\"model\":\"other\"}").statusCode()).isEqualTo(202);
        assertThat(ended().state()).isEqualTo(State.DONE);
        assertThat(status(Tier.SMALL).model()).startsWith("other/");
    }

    @Test
    void twoChangesAtOnce_theSecondIsRefused() throws Exception {
        model("other");
        start(Map.of());
        int tries = 8;
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> sent = IntStream.range(0, tries)
                    .mapToObj(client -> clients.submit(
                            () -> use("small", "{\"model\":\"other\"}").statusCode()))
                    .toList();
            for (Future<Integer> one : sent) {
                statuses.add(one.get());
            }
        }

        assertThat(statuses).containsOnly(202, 409).contains(202);
        assertThat(ended().state()).isEqualTo(State.DONE);
    }

    @Test
    void stopDuringAChange_waitsForItsEnd() {
        model("other");
        start(Map.of());
        assertThat(use("small", "{\"model\":\"other\"}").statusCode()).isEqualTo(202);

        started.getLast().close();

        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("change-small", "decode-other", "decode-" + OWN);
    }

    @Test
    void secondTierThatDoesNotFit_isRefusedWithTheFigures_andTheServiceAnswersWithTheRest() {
        start(Map.of(
                "inference.large.local.model", OWN,
                "inference.large.local.max.context.tokens", "768",
                "inference.large.local.kv.max.bytes", "12m",
                "inference.small.local.kv.max.bytes", "12m",
                "inference.local.max.bytes", "58m"));

        assertThat(status(Tier.LARGE).model()).startsWith(OWN);
        assertThat(status(Tier.SMALL).model()).isNull();
        assertThat(status(Tier.SMALL).fault()).contains("12 of KV cache", "of the 58 MiB", "tier large has");
        assertThat(send("GET", "/readyz", "").statusCode()).isEqualTo(200);
        assertThat(send("GET", "/readyz", "").body()).contains("no model in tier small");
        AnswerResponse answer = answer("How many requests does the queue hold?");
        assertThat(answer.route().tier()).isEqualTo(Tier.EXTRACTIVE);
        assertThat(answer.route().degraded()).isNotNull();
        assertThat(answer.route().degraded().cause()).isEqualTo("model_failed");
    }

    @Test
    void missingModel_isBroughtByAChange() {
        start(Map.of("inference.small.local.model", "later"));
        assertThat(status(Tier.SMALL).fault()).contains("no model 'later'");

        model("later");
        assertThat(use("small", "{\"model\":\"later\"}").statusCode()).isEqualTo(202);
        assertThat(ended().state()).isEqualTo(State.DONE);
        assertThat(status(Tier.SMALL).fault()).isNull();
        assertThat(send("GET", "/readyz", "").body()).doesNotContain("limitation");
    }

    @Test
    void keysOfOtherScopes_neitherSeeNorReplaceModels() {
        Path keys = data.resolve("keys.json");
        String query = new KeyFile(keys)
                .create("asks", "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
        start(Map.of("inference.keys.file", keys.toString()));

        String[] bearer = {"Authorization", "Bearer " + query};
        assertRefused(send("GET", "/v1/generators", "", bearer), 403, "admin");
        assertRefused(send("PUT", "/v1/generators/small", "{\"model\":\"siskin-mini\"}", bearer), 403, "admin");
    }

    @Test
    void memory_hasACapForEachAccountOfAModel() throws IOException {
        start(Map.of("inference.local.max.bytes", "96m"));

        JsonNode memory = Json.MAPPER.readTree(send("GET", "/v1/memory", "").body());
        long caps = 0;
        for (JsonNode account : memory.path("accounts")) {
            if (List.of("model_weights", "kv_cache")
                    .contains(account.path("owner").asText())) {
                caps += account.path("cap_bytes").asLong();
            }
        }
        assertThat(caps).as("but for what its steps take").isEqualTo((96 - 32) << 20);
    }
}
