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
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a request says of sampling, over HTTP to the project's own model. */
@Timeout(120)
final class LocalTierSamplingTest {
    private static final String SENTENCE = "The queue holds 64 requests.";
    private static final String TEXT = SENTENCE
            + " A full queue answers with status 503. The index lies on disk. Keys are kept in a file."
            + " A request waits for thirty seconds. The cache holds earlier answers. Logs go to the console.";

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path data;

    private RetrievalStandIn retrieval;
    private InferenceService inference;

    @BeforeEach
    void start() {
        retrieval = new RetrievalStandIn("");
        retrieval.put("default", "docs", 42, Hits.hit("guide.md", 0, 0.9, TEXT, Map.of(SENTENCE, 0.9)));
        inference = InferenceService.start(
                Settings.of(Map.of(
                        "inference.http.port",
                        "0",
                        "data",
                        data.toString(),
                        "inference.retrieval.url",
                        "http://127.0.0.1:" + retrieval.port(),
                        "inference.cache.generation.poll",
                        "1h",
                        "inference.small.local.threads",
                        "1",
                        "inference.small.local.model",
                        Path.of("models/siskin-mini").toAbsolutePath().toString())),
                System::nanoTime);
    }

    @AfterEach
    void stop() {
        http.shutdownNow();
        inference.close();
        retrieval.close();
    }

    private JsonNode post(String path, String body) {
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(inference.address() + path))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return Json.MAPPER.readTree(response.body());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private JsonNode ask(String more) {
        return post("/v1/answers", """
                {"question":"How many requests does the queue hold?","collection":"docs","route":"small"%s}""".formatted(more));
    }

    /** What it wrote, or which tier stood in for it: a small model's weights are replaced now and then. */
    private String chat(int seed, int maxTokens) {
        JsonNode completion = post("/v1/chat/completions", """
                {"model":"siskin/docs:small","temperature":1,"seed":%d,"max_completion_tokens":%d,
                 "messages":[{"role":"user","content":"How many requests does the queue hold?"}]}""".formatted(seed, maxTokens));
        return completion.at("/siskin/route/tier").asText() + ": "
                + completion.at("/choices/0/message/content").asText();
    }

    @Test
    void sameSeed_sameAnswer_andOthersDiffer() {
        // another limit is another entry of the cache: each is written anew
        for (int seed = 1; seed <= 3; seed++) {
            assertThat(chat(seed, 61)).isEqualTo(chat(seed, 60));
        }
        assertThat(IntStream.range(0, 12).mapToObj(seed -> chat(seed, 60)).distinct())
                .hasSizeGreaterThan(1);
    }

    @Test
    void seed_isPartOfWhatACachedAnswerWasMadeFrom() {
        String drawn = ",\"temperature\":1,\"seed\":";
        assertThat(ask(drawn + 7).path("cache").asText()).isNotEqualTo("answer");
        assertThat(ask(drawn + 7).path("cache").asText()).isEqualTo("answer");
        assertThat(ask(drawn + 8).path("cache").asText()).isNotEqualTo("answer");
        assertThat(ask(",\"temperature\":1").path("cache").asText()).isNotEqualTo("answer");
        assertThat(ask(",\"temperature\":1").path("cache").asText()).isNotEqualTo("answer");

        ask("");
        assertThat(ask(",\"seed\":7").path("cache").asText())
                .as("the likeliest token needs no seed")
                .isEqualTo("answer");
    }

    @Test
    void stop_endsWhatTheModelWrites() {
        JsonNode whole = ask("");
        assertThat(whole.at("/route/tier").asText()).isEqualTo("small");
        assertThat(whole.path("answer").asText()).startsWith("The queue holds");

        JsonNode stopped = ask(",\"stop\":[\" holds\"]");
        assertThat(stopped.at("/route/tier").asText()).isEqualTo("small");
        assertThat(stopped.path("answer").asText()).doesNotContain(" holds");
        assertThat(stopped.at("/usage/completion_tokens").asInt())
                .isLessThan(whole.at("/usage/completion_tokens").asInt());

        JsonNode nothing = ask(",\"stop\":[\"The queue\"]");
        assertThat(nothing.at("/route/tier").asText()).isEqualTo("small");
        assertThat(nothing.at("/route/degraded").isNull()).isTrue();
        assertThat(nothing.path("abstained").asBoolean()).isTrue();
    }
}
