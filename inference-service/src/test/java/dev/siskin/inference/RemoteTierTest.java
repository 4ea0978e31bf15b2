package dev.siskin.inference;

import static dev.siskin.inference.generation.remote.EndpointStandIn.STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.Json;
import dev.siskin.api.Tier;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.inference.generation.remote.EndpointStandIn;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The whole service over HTTP with a tier that an endpoint elsewhere runs. */
@Timeout(60)
final class RemoteTierTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String FULL = "A full queue answers 503.";
    private static final String TEXT = "Requests wait in one queue. " + BOUND + " " + FULL;
    private static final String KEY = "sk-very-secret-0123456789";
    private static final String ASK = """
            {"question":"How is the queue bounded?","collection":"docs","route":"large"}""";

    private final HttpClient http = HttpClient.newHttpClient();
    private final EndpointStandIn endpoint = new EndpointStandIn();
    private final RetrievalStandIn retrieval = new RetrievalStandIn("");
    private final AtomicLong nanos = new AtomicLong(1);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @TempDir
    Path folder;

    private InferenceService inference;

    @BeforeEach
    void start() {
        log.start();
        root().addAppender(log);
        retrieval.put("default", "docs", 42, Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of(BOUND, 0.8)));
        inference = inference(Map.of());
    }

    @AfterEach
    void stop() {
        root().detachAppender(log);
        http.shutdownNow();
        endpoint.close();
        inference.close();
        retrieval.close();
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    }

    private Map<String, String> environment(Map<String, String> more) {
        var settings = new HashMap<>(Map.of(
                "SISKIN_INFERENCE_HTTP_PORT", "0",
                "SISKIN_INFERENCE_RETRIEVAL_URL", "http://127.0.0.1:" + retrieval.port(),
                "SISKIN_INFERENCE_CACHE_GENERATION_POLL", "1h",
                "SISKIN_INFERENCE_LARGE_REMOTE_URL", endpoint.url() + "/",
                "SISKIN_INFERENCE_LARGE_REMOTE_KEY", KEY,
                "SISKIN_INFERENCE_LARGE_REMOTE_MODEL", "gpt",
                "SISKIN_INFERENCE_LARGE_REMOTE_PRICE_PER_MILLION_INPUT_TOKENS", "2.5",
                "SISKIN_INFERENCE_LARGE_REMOTE_PRICE_PER_MILLION_OUTPUT_TOKENS", "10",
                "SISKIN_INFERENCE_COST_HOST_PRICE_PER_HOUR", "0"));
        settings.putAll(more);
        return settings;
    }

    private InferenceService inference(Map<String, String> more) {
        return InferenceService.start(Settings.load(environment(more)), nanos::get);
    }

    private void restart(Map<String, String> more) {
        inference.close();
        inference = inference(more);
    }

    private <T> HttpResponse<T> post(String body, HttpResponse.BodyHandler<T> handler, String... headers) {
        return post("/v1/answers", body, handler, headers);
    }

    private <T> HttpResponse<T> post(String path, String body, HttpResponse.BodyHandler<T> handler, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(inference.address() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), handler);
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private HttpResponse<String> post(String body, String... headers) {
        return post(body, HttpResponse.BodyHandlers.ofString(), headers);
    }

    private AnswerResponse ask(String body, String... headers) {
        HttpResponse<String> response = post(body, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        try {
            return Json.MAPPER.readValue(response.body(), AnswerResponse.class);
        } catch (IOException malformed) {
            throw new IllegalStateException(response.body(), malformed);
        }
    }

    private static EndpointStandIn.Behaviour answers() {
        return exchange -> {
            exchange.send(STREAM)
                    .say("The queue is bounded by max_queue_depth [1].", " The moon is made of cheese [1].");
            exchange.finish("stop", 1_000, 100);
        };
    }

    @Test
    void answer_isWrittenCheckedCitedAndPriced() {
        endpoint.behaviour = answers();

        AnswerResponse answer = ask(ASK);
        AnswerResponse kept = ask(ASK);

        assertThat(answer.answer()).isEqualTo("The queue is bounded by max_queue_depth. [1]");
        assertThat(answer.citations().getFirst().documentId()).isEqualTo("docs/guide.md");
        assertThat(answer.route().tier()).isEqualTo(Tier.LARGE);
        assertThat(answer.route().model()).isEqualTo("gpt/rag-1");
        assertThat(answer.route().degraded()).isNull();
        assertThat(answer.usage().promptTokens()).isEqualTo(1_000);
        assertThat(answer.usage().completionTokens()).isEqualTo(100);
        assertThat(answer.cost().usd()).isEqualTo(0.0035);
        assertThat(kept.cache()).isEqualTo(AnswerResponse.CacheUse.ANSWER);
        assertThat(kept.cost().usd()).isZero();
        assertThat(endpoint.requests).hasSize(1);
    }

    @Test
    void chat_answerThatTheModelCut_endsWithLength() throws IOException {
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. A full");
            exchange.finish("length", 10, 9);
        };
        String chat = """
                {"model":"siskin/docs:large","messages":[{"role":"user","content":"How is the queue bounded?"}]}""";

        String whole = post("/v1/chat/completions", chat, HttpResponse.BodyHandlers.ofString())
                .body();
        String streamed = post(
                        "/v1/chat/completions",
                        chat.replace("}]}", "}],\"stream\":true}"),
                        HttpResponse.BodyHandlers.ofString())
                .body();

        assertThat(Json.MAPPER.readTree(whole).at("/choices/0/finish_reason").asText())
                .isEqualTo("length");
        assertThat(streamed).contains("\"finish_reason\":\"length\"");
    }

    @Test
    void key_ofTheEnvironment_isSentAndNotLogged() {
        endpoint.behaviour =
                EndpointStandIn.refuses("401 No", "", "{\"error\":{\"message\":\"wrong key " + KEY + "\"}}");

        String problem = post(ASK.replace("}", ",\"allow_degraded\":false}")).body();

        assertThat(endpoint.requests.getFirst().head()).contains("Authorization: Bearer " + KEY + "\r\n");
        assertThat(problem)
                .contains("tier large cannot answer now: its endpoint refuses the key (HTTP 401)")
                .doesNotContain(KEY, "wrong key", endpoint.url());
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anySatisfy(line -> assertThat(line).isEqualTo("tier large: gpt at " + endpoint.url() + "/"))
                .anySatisfy(line -> assertThat(line).contains("refuses the key"))
                .noneSatisfy(line -> assertThat(line).contains(KEY));
        assertThat(log.list).extracting(ILoggingEvent::getLevel).contains(Level.WARN);
        assertThat(Settings.load(environment(Map.of())).describe(InferenceSettings.all()))
                .doesNotContain(KEY);
    }

    @Test
    void stream_sentence_reachesTheClientBeforeTheNextIsWritten() throws Exception {
        var seen = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. A full");
            seen.await();
            exchange.say(" queue answers 503 [1].").finish("stop", 10, 10);
        };

        HttpResponse<InputStream> response =
                post(ASK.replace("}", ",\"stream\":true}"), HttpResponse.BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            readUntil(lines, "{\"text\":\"The queue is bounded by max_queue_depth. [1]\"");
            seen.countDown();
            readUntil(lines, "{\"text\":\"A full queue answers 503. [2]\"");
            readUntil(lines, "\"tier\":\"large\"");
        }
    }

    private static void readUntil(BufferedReader lines, String part) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(part)) {
                return;
            }
        }
        throw new AssertionError("the stream ended without " + part);
    }

    @Test
    void clientLeaves_closesTheConnectionToTheEndpoint() throws Exception {
        var closed = new CountDownLatch(1);
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. A full");
            exchange.awaitClosed();
            closed.countDown();
        };

        HttpResponse<InputStream> response =
                post(ASK.replace("}", ",\"stream\":true}"), HttpResponse.BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            readUntil(lines, "event: sentence");
        }

        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void hangingInTheMiddleOfAStream_isAnErrorWithWhatWasSent() {
        restart(Map.of("SISKIN_INFERENCE_LARGE_REMOTE_IDLE_TIMEOUT", "200ms"));
        endpoint.behaviour = exchange -> {
            exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. A full");
            exchange.awaitClosed();
        };

        assertThat(post(ASK.replace("}", ",\"stream\":true}")).body())
                .contains("event: sentence", "event: error", "stood still for 200 ms", "max_queue_depth. [1]");
    }

    @Test
    void endpointFails_extractive_answersFlagged() {
        endpoint.behaviour = exchange -> exchange.send(STREAM).say("The queue is bounded by max_queue_depth [1]. And");

        AnswerResponse answer = ask(ASK);

        assertThat(answer.route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
        assertThat(answer.answer()).isEqualTo(BOUND + " [1]");
        assertThat(answer.cost().usd()).isZero();
    }

    @Test
    void circuit_opensAndRecoversByItself() {
        endpoint.behaviour = EndpointStandIn.refuses("500 Oops", "", "");
        for (int i = 0; i < 5; i++) {
            assertThat(ask(ASK).route().degraded()).isEqualTo(new Degraded("extractive", "model_failed"));
        }
        assertThat(endpoint.requests).hasSize(3);
        endpoint.behaviour = answers();

        nanos.addAndGet(Duration.ofMinutes(2).toNanos());

        assertThat(ask(ASK).route().degraded()).isNull();
    }

    @Test
    void serviceTier_decidesTheHighestTier() {
        Path keysFile = folder.resolve("keys.json");
        var keys = new KeyFile(keysFile);
        String standard = keys.create("a", "default", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
        String premium = keys.create("b", "default", Set.of(Scope.QUERY), ServiceTier.PREMIUM, null)
                .key();
        restart(Map.of(
                "SISKIN_INFERENCE_KEYS_FILE",
                keysFile.toString(),
                "SISKIN_INFERENCE_ROUTING_STANDARD_HIGHEST",
                "extractive"));
        endpoint.behaviour = answers();

        assertThat(ask(ASK, "Authorization", "Bearer " + standard).route().degraded())
                .isEqualTo(new Degraded("extractive", "not_allowed"));
        assertThat(endpoint.requests).isEmpty();
        assertThat(ask(ASK, "Authorization", "Bearer " + premium).route().tier())
                .isEqualTo(Tier.LARGE);
    }

    @Test
    void endpointsOfBothTiers_stepDownInTurn() {
        try (var smaller = new EndpointStandIn()) {
            restart(Map.of(
                    "SISKIN_INFERENCE_SMALL_REMOTE_URL", smaller.url(), "SISKIN_INFERENCE_SMALL_REMOTE_MODEL", "mini"));
            endpoint.behaviour = EndpointStandIn.refuses("500 Oops", "", "");
            smaller.behaviour = answers();

            AnswerResponse answer = ask(ASK);

            assertThat(answer.route().degraded()).isEqualTo(new Degraded("small", "model_failed"));
            assertThat(answer.route().model()).isEqualTo("mini/rag-1");
            assertThat(smaller.requests.getFirst().head()).doesNotContain("Authorization");
        }
    }

    @Test
    void settingsThatDoNotGoTogether_areRefusedWithoutSecrets() {
        assertRefused("SISKIN_INFERENCE_LARGE_REMOTE_MODEL", " ");
        assertRefused("SISKIN_INFERENCE_LARGE_REMOTE_KEY", KEY + "\nX: y");
        assertRefused("SISKIN_INFERENCE_LARGE_REMOTE_URL", "https://user:" + KEY + "@example.com/v1");
        assertRefused("SISKIN_INFERENCE_LARGE_REMOTE_URL", "https://example.com/v1?key=" + KEY);
        assertRefused("SISKIN_INFERENCE_ROUTING_PREMIUM_HIGHEST", "huge");
    }

    private void assertRefused(String variable, String value) {
        assertThatThrownBy(() -> inference(Map.of(variable, value)))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith(variable + " must ")
                .hasMessageNotContaining(KEY);
    }
}
