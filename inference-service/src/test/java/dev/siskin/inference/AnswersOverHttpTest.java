package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.cache.Index;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over HTTP, against a stand-in for the retrieval tier. */
final class AnswersOverHttpTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String TEXT = "Requests wait in one queue. " + BOUND + " A full queue answers 503.";
    private static final Hit HIT = Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of(BOUND, 0.8));
    private static final String ASK = """
            {"question":"How is the queue bounded?","collection":"docs"}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicLong nanos = new AtomicLong(1);

    @TempDir
    Path folder;

    private RetrievalStandIn retrieval;
    private InferenceService inference;

    @BeforeEach
    void start() {
        retrieval = new RetrievalStandIn("");
        retrieval.put("default", "docs", 42, HIT);
        inference = inference(Map.of());
    }

    @AfterEach
    void stop() {
        // a graceful stop waits for kept-alive connections: the clients go first
        http.shutdownNow();
        inference.close();
        retrieval.close();
    }

    private InferenceService inference(Map<String, String> more) {
        var settings = new HashMap<>(Map.of(
                "inference.http.port", "0",
                "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port(),
                "inference.cache.generation.poll", "1h"));
        settings.putAll(more);
        return InferenceService.start(Settings.of(settings), nanos::get);
    }

    private HttpResponse<String> post(String body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(inference.address() + "/v1/answers"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    private HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(inference.address() + path))
                .GET()
                .build());
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private AnswerResponse ask(String body, String... headers) {
        HttpResponse<String> response = post(body, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return read(response, AnswerResponse.class);
    }

    private static <T> T read(HttpResponse<String> response, Class<T> type) {
        try {
            return Json.MAPPER.readValue(response.body(), type);
        } catch (IOException malformed) {
            throw new IllegalStateException(response.body(), malformed);
        }
    }

    private static void assertProblem(HttpResponse<String> response, int status, String... detail) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(read(response, JsonNode.class).get("detail").asText()).contains(detail);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void answer_supportedQuestion_quotesWithExactPlace() {
        AnswerResponse answer = ask(ASK);

        assertThat(answer.answer()).isEqualTo(BOUND + " [1]");
        assertThat(answer.abstained()).isFalse();
        AnswerResponse.Citation citation = answer.citations().getFirst();
        assertThat(citation.quote()).isEqualTo(BOUND);
        assertThat(citation.start()).isEqualTo(100 + TEXT.indexOf(BOUND));
        assertThat(citation.end() - citation.start()).isEqualTo(BOUND.length());
        assertThat(citation.page()).isEqualTo(2);
        assertThat(answer.generation()).isEqualTo(42);
        assertThat(answer.route().degraded()).isNull();
        assertThat(answer.cache()).isEqualTo(AnswerResponse.CacheUse.NONE);
        assertThat(answer.shaping().chunksUsed()).isEqualTo(1);
    }

    @Test
    void answer_onTheWire_hasTheContractsFields() {
        JsonNode answer = read(post(ASK), JsonNode.class);

        assertThat(answer.properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "answer",
                        "abstained",
                        "citations",
                        "route",
                        "shaping",
                        "usage",
                        "cost",
                        "cache",
                        "generation",
                        "timings_ms",
                        "request_id");
        assertThat(answer.at("/cost/usd_per_1k").isNumber()).isTrue();
        assertThat(answer.at("/route/tier").asText()).isEqualTo("extractive");
        assertThat(answer.at("/cache").asText()).isEqualTo("none");
    }

    @Test
    void answer_foreignQuestion_abstains() {
        retrieval.put("default", "docs", 43, Hits.hit("docs/guide.md", 0, 0.5, TEXT, Map.of(BOUND, 0.1)));

        AnswerResponse answer = ask(ASK);

        assertThat(answer.abstained()).isTrue();
        assertThat(answer.citations()).isEmpty();
        assertThat(answer.answer()).contains("'docs'");
    }

    @Test
    void search_fromQuestion_carriesTopKFilterAndMinGeneration() {
        ask("""
                {"question":"How is the  queue\\u0000 bounded?","collection":"docs","top_k":9,
                 "filter":{"eq":{"lang":"en"}},"min_generation":40}""");

        assertThat(retrieval.lastSearch).isNotNull().satisfies(search -> {
            assertThat(search.query()).isEqualTo("How is the queue bounded?");
            assertThat(search.k()).isEqualTo(9);
            assertThat(search.filter()).isEqualTo(new dev.siskin.api.Filter.Equal("lang", "en"));
            assertThat(search.minGeneration()).isEqualTo(40);
        });
    }

    @Test
    void cache_repeatedQuestion_answersWithoutSearch() {
        ask(ASK);
        AnswerResponse again = ask(ASK.replace("the queue", "the   queue"));

        assertThat(again.cache()).isEqualTo(AnswerResponse.CacheUse.ANSWER);
        assertThat(again.answer()).isEqualTo(BOUND + " [1]");
        assertThat(retrieval.searches).hasValue(1);
    }

    @Test
    void cache_otherPlanSameSearch_usesKeptPassages() {
        ask(ASK);
        AnswerResponse again = ask(ASK.replace("}", ",\"max_tokens\":8}"));

        assertThat(again.cache()).isEqualTo(AnswerResponse.CacheUse.RETRIEVAL);
        assertThat(retrieval.searches).hasValue(1);
    }

    @Test
    void cache_changedIndex_servesOldAnswerUntilGenerationIsAsked() {
        String changed = "The queue is bounded by memory.";
        nanosPerPoll(Duration.ofSeconds(1));
        ask(ASK);
        retrieval.put("default", "docs", 43, Hits.hit("docs/guide.md", 0, 0.9, changed, Map.of(changed, 0.8)));

        assertThat(ask(ASK).generation()).isEqualTo(42);
        pass(Duration.ofMillis(1_300));
        AnswerResponse fresh = ask(ASK);

        assertThat(fresh.generation()).isEqualTo(43);
        assertThat(fresh.answer()).isEqualTo(changed + " [1]");
    }

    private void nanosPerPoll(Duration interval) {
        inference.close();
        inference = inference(Map.of("inference.cache.generation.poll", interval.toMillis() + "ms"));
    }

    @Test
    void cache_minGenerationAboveKept_searchesAgain() {
        ask(ASK);
        retrieval.put("default", "docs", 50, HIT);

        AnswerResponse fresh = ask(ASK.replace("}", ",\"min_generation\":50}"));

        assertThat(fresh.generation()).isEqualTo(50);
        assertProblem(post(ASK.replace("}", ",\"min_generation\":51}")), 503, "51");
    }

    @Test
    void minGeneration_notReachedByTheDeadline_isUnavailableNotLate() throws Exception {
        ask(ASK);
        retrieval.gate = new CountDownLatch(1);

        HttpResponse<String> response = post(ASK.replace("}", ",\"min_generation\":51,\"deadline_ms\":50}"));

        assertProblem(response, 503, "'docs' is at generation 42", "min_generation=51", "deadline_ms=50");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void cache_hundredEqualQuestionsAtOnce_costOneSearch() throws Exception {
        ask(ASK.replace("bounded", "limited"));
        retrieval.searches.set(0);
        retrieval.gate = new CountDownLatch(1);
        List<Future<AnswerResponse>> answers = new ArrayList<>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                answers.add(clients.submit(() -> ask(ASK)));
            }
            while (retrieval.searches.get() == 0) {
                Thread.onSpinWait();
            }
            retrieval.gate.countDown();
        }

        for (Future<AnswerResponse> answer : answers) {
            assertThat(answer.get().answer()).isEqualTo(BOUND + " [1]");
        }
        assertThat(retrieval.searches).hasValue(1);
    }

    @Test
    void retrieval_down_namesServiceAndRemedy() {
        retrieval.close();

        HttpResponse<String> response = post(ASK);

        assertProblem(response, 503, "retrieval-service", "./siskin status");
        assertThat(response.body()).doesNotContain(Integer.toString(retrieval.port()));
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void retrieval_downAfterAnswer_servesItFlagged() {
        nanosPerPoll(Duration.ofSeconds(1));
        ask(ASK);
        retrieval.close();
        pass(Duration.ofSeconds(5));

        AnswerResponse kept = ask(ASK);

        assertThat(kept.route().degraded()).isEqualTo(new AnswerResponse.Degraded("cached", "retrieval_down"));
        assertThat(kept.answer()).isEqualTo(BOUND + " [1]");
        assertProblem(post(ASK.replace("}", ",\"allow_degraded\":false}")), 503, "retrieval-service");
    }

    @Test
    void retrieval_downAfterIndexChanged_servesOldAnswerAsStale() {
        nanosPerPoll(Duration.ofSeconds(1));
        ask(ASK);
        retrieval.put("default", "docs", 43, HIT);
        pass(Duration.ofSeconds(5));
        ask(ASK.replace("bounded", "limited"));
        retrieval.failing = true;
        pass(Duration.ofSeconds(5));

        AnswerResponse stale = ask(ASK);

        assertThat(stale.generation()).isEqualTo(42);
        assertThat(stale.route().degraded()).isEqualTo(new AnswerResponse.Degraded("stale", "retrieval_down"));
    }

    @Test
    void start_unknownSetting_isRefused() {
        assertThatThrownBy(() -> inference(Map.of("inference.cache.max.byte", "1m")))
                .isInstanceOf(SettingException.class)
                .hasMessageContainingAll("inference.cache.max.byte'", "inference.cache.max.bytes");
    }

    @Test
    void answer_modelOfTheCollection_choosesWhatIsTooFar() {
        Hit hit = Hits.hit("docs/guide.md", 100, 0.6, TEXT, Map.of(BOUND, 0.4));
        retrieval.put("default", "docs", 42, hit);
        assertThat(ask(ASK).abstained()).isTrue();

        retrieval.collections.put(
                new Index("default", "minis"),
                new SearchResponse(List.of(hit), 1, "all-minilm-l6-v2", null, new SearchResponse.Timings(1, 1, 2)));
        assertThat(ask(ASK.replace("docs", "minis")).abstained()).isFalse();
    }

    @Test
    void retrieval_keywordOnly_isFlaggedAndNotKept() {
        var degraded = new SearchResponse.Degraded("keyword", "embedder");
        var timings = new SearchResponse.Timings(0, 1, 1);
        retrieval.collections.put(
                new Index("default", "docs"), new SearchResponse(List.of(HIT), 42, null, degraded, timings));

        assertThat(ask(ASK).route().degraded()).isEqualTo(new AnswerResponse.Degraded("keyword", "embedder"));
        assertThat(ask(ASK).cache()).isEqualTo(AnswerResponse.CacheUse.NONE);
        assertProblem(post(ASK.replace("}", ",\"allow_degraded\":false}")), 503, "keyword", "allow_degraded");
        assertThat(retrieval.searches).hasValue(3);
    }

    @Test
    void deadline_passedWhileSearching_is504() {
        retrieval.gate = new CountDownLatch(1);

        assertProblem(post(ASK.replace("}", ",\"deadline_ms\":50}")), 504, "deadline_ms=50");
        retrieval.gate.countDown();
    }

    @Test
    void deadline_passedWhileSearching_earlierAnswerStandsIn() {
        nanosPerPoll(Duration.ofSeconds(1));
        ask(ASK);
        retrieval.put("default", "docs", 43, HIT);
        pass(Duration.ofSeconds(5));
        retrieval.gate = new CountDownLatch(1);

        AnswerResponse stale = ask(ASK.replace("}", ",\"deadline_ms\":50}"));

        assertThat(stale.route().degraded()).isEqualTo(new AnswerResponse.Degraded("stale", "deadline"));
        assertThat(stale.generation()).isEqualTo(42);
    }

    @Test
    void deadline_passedWhileGenerationsAreUnknown_is504() {
        retrieval.pollsFailing = true;
        retrieval.gate = new CountDownLatch(1);

        assertProblem(post(ASK.replace("}", ",\"deadline_ms\":50}")), 504, "deadline_ms=50");
        retrieval.gate.countDown();
    }

    @Test
    void route_tierThatDoesNotRun_stepsDownOrRefuses() {
        AnswerResponse answer = ask(ASK.replace("}", ",\"route\":\"small\"}"));

        assertThat(answer.route().degraded()).isEqualTo(new AnswerResponse.Degraded("extractive", "not_allowed"));
        assertProblem(post(ASK.replace("}", ",\"route\":\"small\",\"allow_degraded\":false}")), 422, "route=small");
    }

    @Test
    void badInput_eachKind_isOneClearLine() {
        assertProblem(post("{\"question\":\"  \\u200b \",\"collection\":\"docs\"}"), 400, "question is empty");
        assertProblem(post("{\"collection\":\"docs\"}"), 400, "question is missing");
        assertProblem(post("{\"question\":\"why?\"}"), 400, "collection is missing");
        assertProblem(post("{\"question\":\"why?\",\"collection\":\"../etc\"}"), 400, "collection must match");
        assertProblem(post(ASK.replace("}", ",\"colour\":1}")), 400, "colour");
        assertProblem(post("{\"question\":"), 400, "malformed JSON");
        assertProblem(post(ASK.replace("}", ",\"top_k\":0}")), 400, "top_k=0");
        assertProblem(post(ASK.replace("}", ",\"history\":[{\"role\":\"user\"}]}")), 400, "history[0]");
        assertProblem(post(ASK.replace("docs", "nowhere")), 404, "nowhere");
        assertThat(retrieval.searches).hasValue(1);
    }

    @Test
    void badInput_tooLarge_is413() {
        assertProblem(post(ASK.replace("bounded", "x".repeat(2 << 20))), 413, "262144");
        assertProblem(post(ASK.replace("bounded", "x".repeat(9_000))), 413, "8192");
        assertProblem(post(withHistory(201, "Hello?")), 413, "history", "at most 200 turns, got 201");
        assertProblem(
                post(withHistory(2, "x".repeat(50_001))), 413, "history", "at most 100000 characters, got 100002");
        assertThat(ask(withHistory(2, "x".repeat(50_000))).answer()).isEqualTo(BOUND + " [1]");
    }

    private static String withHistory(int turns, String content) {
        String turn = "{\"role\":\"user\",\"content\":\"" + content + "\"}";
        return ASK.replace("}", ",\"history\":[" + String.join(",", Collections.nCopies(turns, turn)) + "]}");
    }

    @Test
    void tenants_seeAndCacheTheirOwnOnly() {
        Path serviceKeys = folder.resolve("keys.json");
        var keys = new KeyFile(serviceKeys);
        String one = key(keys, "one", "tenant-one", Scope.QUERY);
        String two = key(keys, "two", "tenant-two", Scope.QUERY);
        String service = key(keys, "inference", "operator", Scope.SERVICE);
        inference.close();
        retrieval.close();
        retrieval = new RetrievalStandIn(serviceKeys.toString());
        retrieval.put("tenant-one", "docs", 7, HIT);
        inference =
                inference(Map.of("inference.keys.file", serviceKeys.toString(), "inference.retrieval.key", service));

        assertThat(ask(ASK, "Authorization", "Bearer " + one).generation()).isEqualTo(7);
        assertProblem(post(ASK, "Authorization", "Bearer " + two), 404, "docs");
        assertThat(post(ASK).statusCode()).isEqualTo(401);
        retrieval.put(
                "tenant-two",
                "docs",
                7,
                Hits.hit("other.md", 0, 0.9, "Two queue bounded.", Map.of("Two queue bounded.", 0.9)));
        assertThat(ask(ASK, "Authorization", "Bearer " + two)
                        .citations()
                        .getFirst()
                        .documentId())
                .isEqualTo("other.md");
        assertThat(get("/").statusCode()).isEqualTo(200);
        assertThat(get("/v1/memory").statusCode()).isEqualTo(401);
    }

    @Test
    void stream_supportedQuestion_sendsPassagesThenSentencesThenTheWhole() {
        List<String> made = events(post(ASK.replace("}", ",\"stream\":true}")));
        List<String> kept = events(post(ASK.replace("}", ",\"stream\":true}")));

        assertThat(made).hasSize(3);
        assertThat(made.get(0))
                .startsWith("event: passages\ndata: {\"passages\":[{\"n\":1,")
                .contains("docs/guide.md");
        assertThat(made.get(1)).startsWith("event: sentence\ndata: {\"text\":\"" + BOUND + " [1]\"");
        assertThat(made.get(2))
                .startsWith("event: done\ndata: {\"answer\":\"" + BOUND + " [1]\"")
                .contains("\"cache\":\"none\"");
        assertThat(kept.subList(0, 2)).isEqualTo(made.subList(0, 2));
        assertThat(kept.get(2)).contains("\"cache\":\"answer\"");
    }

    @Test
    void stream_failureBeforeTheFirstEvent_isAnOrdinaryProblem() {
        assertProblem(post(ASK.replace("docs", "nowhere").replace("}", ",\"stream\":true}")), 404, "nowhere");
    }

    @Test
    void memory_reservedByQuestionsUnderWay_refusesMoreAndIsGivenBack() throws Exception {
        inference.close();
        inference = inference(Map.of("inference.requests.max.bytes", "100k"));
        assertThat(ask(ASK).usage().reservedBytes()).isPositive();
        retrieval.gate = new CountDownLatch(1);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<AnswerResponse> waiting = clients.submit(() -> ask(ASK.replace("bounded", "limited")));
            while (retrieval.searches.get() < 2) {
                Thread.onSpinWait();
            }

            assertProblem(post(ASK.replace("bounded", "kept")), 503, "SISKIN_INFERENCE_REQUESTS_MAX_BYTES");
            assertThat(ask(ASK).route().degraded()).isEqualTo(new AnswerResponse.Degraded("cached", "memory_pressure"));
            assertProblem(post(ASK.replace("}", ",\"top_k\":50}")), 422, "top_k");
            retrieval.gate.countDown();
            assertThat(waiting.get().answer()).isNotEmpty();
        }

        assertThat(get("/v1/memory").body()).contains("\"owner\":\"request_buffers\"");
        assertThat(ask(ASK.replace("bounded", "kept")).route().degraded()).isNull();
    }

    @Test
    void memory_takenByAResponseThatIsRead_causeIsToldAndNothingStaleStandsIn() throws Exception {
        nanosPerPoll(Duration.ofSeconds(1));
        ask(ASK);
        retrieval.put("default", "docs", 43, HIT);
        pass(Duration.ofSeconds(5));
        var held = new CountDownLatch(1);
        retrieval.gate = held;
        retrieval.announcedBytes = 4 << 20;
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<String>> holding = clients.submit(() -> post(ASK.replace("bounded", "limited")));
            while (account("search_responses") < 12 << 20) {
                Thread.onSpinWait();
            }
            retrieval.announcedBytes = 0;
            retrieval.gate = new CountDownLatch(0);

            HttpResponse<String> refused = post(ASK.replace("}", ",\"deadline_ms\":1000}"));
            assertProblem(refused, 503, "being read take all the memory");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            held.countDown();
            assertThat(holding.get().statusCode()).isEqualTo(200);
        }

        assertThat(account("search_responses")).isZero();
        assertThat(ask(ASK).route().degraded()).isNull();
    }

    private long account(String owner) {
        for (JsonNode account : read(get("/v1/memory"), JsonNode.class).path("accounts")) {
            if (account.path("owner").asText().equals(owner)) {
                return account.path("bytes").asLong();
            }
        }
        throw new IllegalStateException("no account " + owner);
    }

    @Test
    void memory_passagesFoundTakeMoreThanReserved_answerIsRefusedAndAllGivenBack() {
        inference.close();
        inference = inference(Map.of("inference.requests.max.bytes", "100k"));
        String large = "A long passage. ".repeat(3_000);
        retrieval.put("default", "large", 1, Hits.hit("docs/large.md", 0, 0.82, large, Map.of()));

        assertProblem(post(ASK.replace("docs", "large")), 422, "SISKIN_INFERENCE_REQUESTS_MAX_BYTES", "top_k");

        assertThat(ask(ASK).usage().reservedBytes()).isBetween(16_000L, 80_000L);
    }

    private static List<String> events(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        return List.of(response.body().split("\n\n"));
    }

    private static String key(KeyFile keys, String id, String tenant, Scope scope) {
        return keys.create(id, tenant, Set.of(scope), ServiceTier.STANDARD, null)
                .key();
    }

    @Test
    void retrieval_refusesKey_saysWhichSetting() {
        Path keysFile = folder.resolve("keys.json");
        key(new KeyFile(keysFile), "somebody", "default", Scope.QUERY);
        inference.close();
        retrieval.close();
        retrieval = new RetrievalStandIn(keysFile.toString());
        inference = inference(Map.of());

        assertProblem(post(ASK), 503, "SISKIN_INFERENCE_RETRIEVAL_KEY");
    }

    @Test
    void history_followUp_isAskedWithItsPredecessor() {
        AnswerResponse answer = ask("""
                {"question":"How is it bounded?","collection":"docs","history":[
                 {"role":"user","content":"Hello"},{"role":"assistant","content":"Hi."},
                 {"role":"user","content":"What is the queue?"},{"role":"assistant","content":"A list."}]}""");

        assertThat(answer.shaping().historyTurnsCondensed()).isEqualTo(1);
        assertThat(answer.shaping().historyTurnsDropped()).isEqualTo(3);
        assertThat(retrieval.lastSearch)
                .isNotNull()
                .satisfies(search -> assertThat(search.query()).isEqualTo("What is the queue? How is it bounded?"));
    }

    @Test
    void memory_afterAnswers_namesOwnersThatSumToMeasured() {
        ask(ASK);

        JsonNode memory = read(get("/v1/memory"), JsonNode.class);

        long accounted = 0;
        for (JsonNode account : memory.get("accounts")) {
            accounted += account.get("bytes").asLong();
        }
        assertThat(memory.get("accounts").findValuesAsText("owner")).contains("hot_cache", "jvm_heap", "jvm_metaspace");
        assertThat(accounted + memory.get("unaccounted_bytes").asLong())
                .isEqualTo(memory.get("measured_bytes").asLong());
    }

    @Test
    void metrics_afterAnswers_countOutcomesByTenant() {
        ask(ASK);
        ask(ASK);

        String metrics = get("/metrics").body();

        assertThat(metrics)
                .contains("siskin_answers_total{cache=\"none\",outcome=\"answered\",tenant=\"default\"} 1.0")
                .contains("siskin_answers_total{cache=\"answer\",outcome=\"answered\",tenant=\"default\"} 1.0")
                .contains("siskin_answer_stage_seconds_count{stage=\"retrieve\"} 2")
                .contains("siskin_queue_jobs_total{outcome=\"taken\",tier=\"extractive\"} 1.0");
    }

    @Test
    void console_policy_allowsItsOwnScriptOnly() {
        HttpResponse<String> page = get("/");

        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'sha256-", "connect-src 'self'");
        assertThat(page.body()).doesNotContain("innerHTML", "http://", "https://");
    }
}
