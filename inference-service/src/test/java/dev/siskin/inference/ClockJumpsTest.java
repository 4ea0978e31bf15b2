package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wall clock is set by hours, and days, while the service runs; the ticker stands still all the while. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ClockJumpsTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String ASK = """
            {"question":"How is the queue bounded?","collection":"docs","deadline_ms":60000}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
    private RetrievalStandIn retrieval;
    private InferenceService inference;

    @BeforeEach
    void start() {
        retrieval = new RetrievalStandIn("");
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8)));
        inference = inference(Map.of());
    }

    private InferenceService inference(Map<String, String> more) {
        var settings = new HashMap<>(Map.of(
                "inference.http.port", "0",
                "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port(),
                "inference.cache.generation.poll", "1h"));
        settings.putAll(more);
        return InferenceService.start(Settings.of(settings), () -> 1, now::get);
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        inference.close();
        retrieval.close();
    }

    private void jump(Duration by) {
        now.updateAndGet(instant -> instant.plus(by));
    }

    private HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(URI.create(inference.address() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> ask() throws IOException, InterruptedException {
        return http.send(request("/v1/answers", ASK), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode ok(HttpResponse<String> response) throws IOException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.MAPPER.readTree(response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT5H", "PT-5H", "P400D"})
    void answersKept_stayCurrent(Duration by) throws Exception {
        ok(ask());
        int polls = retrieval.polls.get();

        jump(by);

        JsonNode again = ok(ask());
        assertThat(again.path("cache").asText()).isEqualTo("answer");
        assertThat(again.at("/route/degraded").isNull()).isTrue();
        assertThat(retrieval.polls).hasValue(polls);
        assertThat(retrieval.searches).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT5H", "PT-5H", "P400D"})
    void deadlineOfAQuestionUnderWay_isNeitherPassedNorPutOff(Duration by) throws Exception {
        retrieval.gate = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> asked =
                http.sendAsync(request("/v1/answers", ASK), HttpResponse.BodyHandlers.ofString());
        while (retrieval.searches.get() == 0) {
            Thread.onSpinWait();
        }

        jump(by);
        retrieval.gate.countDown();

        JsonNode answer = ok(asked.join());
        assertThat(answer.at("/route/degraded").isNull()).isTrue();
        assertThat(answer.at("/timings_ms/total").asDouble()).isZero();
        retrieval.gate = new CountDownLatch(1);
        HttpResponse<String> late = http.send(
                request("/v1/answers", ASK.replace("bounded", "limited").replace("60000", "50")),
                HttpResponse.BodyHandlers.ofString());
        assertThat(late.statusCode()).isEqualTo(504);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT5H", "PT-5H", "P400D"})
    void rates_goOnAsTheyWere(Duration by) throws Exception {
        inference.close();
        inference = inference(Map.of("inference.answers.per.minute.key", "1"));
        ok(ask());
        assertThat(ask().statusCode()).isEqualTo(429);

        jump(by);

        HttpResponse<String> refused = ask();
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 60L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT5H", "PT-5H", "P400D"})
    void retrievalLeftAlone_staysLeftAlone(Duration by) throws Exception {
        retrieval.close();
        HttpResponse<String> down = ask();
        while (!down.body().contains("left alone")) {
            assertThat(down.statusCode()).isEqualTo(503);
            down = ask();
        }

        jump(by);

        assertThat(ask().body()).contains("left alone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT5H", "PT-5H", "P400D"})
    void dates_followTheClock(Duration by) throws Exception {
        jump(by);

        HttpResponse<String> chat = http.send(
                request(
                        "/v1/chat/completions",
                        "{\"model\":\"siskin/docs\",\"messages\":[{\"role\":\"user\",\"content\":\"Is it bounded?\"}]}"),
                HttpResponse.BodyHandlers.ofString());

        assertThat(ok(chat).path("created").asLong()).isEqualTo(now.get().getEpochSecond());
    }
}
