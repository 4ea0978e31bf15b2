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
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The wall clock is set by hours, and days, while the service runs: only dates follow it. That nothing else reads it is a
 * rule of the architecture tests.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ClockJumpsTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
    private RetrievalStandIn retrieval;
    private InferenceService inference;

    @BeforeEach
    void start() {
        retrieval = new RetrievalStandIn("");
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, BOUND, Map.of(BOUND, 0.8)));
        var settings = Settings.of(
                Map.of("inference.http.port", "0", "inference.retrieval.url", "http://127.0.0.1:" + retrieval.port()));
        inference = InferenceService.start(settings, () -> 1, now::get);
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

    private static JsonNode ok(HttpResponse<String> response) throws IOException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.MAPPER.readTree(response.body());
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
