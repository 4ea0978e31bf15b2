package dev.siskin.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAI-compatible routes of the whole service over HTTP, against a stand-in for the retrieval tier. */
final class ChatsOverHttpTest {
    private static final String BOUND = "The queue is bounded by max_queue_depth, which is 64 by default.";
    private static final String FULL = "A full queue answers 503.";
    private static final String TEXT = "Requests wait in one queue. " + BOUND + " " + FULL;
    private static final Hit HIT = Hits.hit("docs/guide.md", 100, 0.82, TEXT, Map.of(BOUND, 0.8, FULL, 0.7));
    private static final String CHAT = """
            {"model":"siskin/docs","messages":[{"role":"user","content":"How is the queue bounded?"}]}""";

    private final HttpClient http = HttpClient.newHttpClient();

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
        return InferenceService.start(Settings.of(settings), System::nanoTime);
    }

    private HttpResponse<String> chat(String body, String... headers) {
        return send(
                HttpRequest.newBuilder(URI.create(inference.address() + "/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                headers);
    }

    private HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(URI.create(inference.address() + path)), headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException malformed) {
            throw new IllegalStateException(text, malformed);
        }
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response.body());
    }

    private static JsonNode refused(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = json(response.body()).path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        return error;
    }

    private static String with(String fields) {
        return CHAT.substring(0, CHAT.length() - 1) + "," + fields + "}";
    }

    private static String messages(String messages) {
        return "{\"model\":\"siskin/docs\",\"messages\":" + messages + "}";
    }

    private static List<String> fields(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    @Test
    void completion_supportedQuestion_hasOpenAisFieldsAndCitations() {
        JsonNode completion = ok(chat(CHAT));

        assertThat(fields(completion))
                .containsExactlyInAnyOrder("id", "object", "created", "model", "choices", "usage", "siskin");
        assertThat(completion.path("id").asText()).startsWith("chatcmpl-");
        assertThat(completion.path("object").asText()).isEqualTo("chat.completion");
        assertThat(completion.path("created").asLong()).isPositive();
        assertThat(completion.path("model").asText()).isEqualTo("siskin/docs");
        assertThat(completion.path("choices")).hasSize(1);
        JsonNode choice = completion.path("choices").path(0);
        assertThat(choice.at("/message/role").asText()).isEqualTo("assistant");
        assertThat(choice.at("/message/content").asText()).isEqualTo(BOUND + " [1] " + FULL + " [2]");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
        JsonNode usage = completion.path("usage");
        assertThat(usage.path("completion_tokens").asInt()).isPositive();
        assertThat(usage.path("total_tokens").asInt())
                .isEqualTo(usage.path("prompt_tokens").asInt()
                        + usage.path("completion_tokens").asInt());
        assertThat(completion.at("/siskin/citations/0/document_id").asText()).isEqualTo("docs/guide.md");
        assertThat(completion.at("/siskin/citations/0/quote").asText()).isEqualTo(BOUND);
        assertThat(completion.at("/siskin/route/tier").asText()).isEqualTo("extractive");
        assertThat(completion.at("/siskin/abstained").asBoolean()).isFalse();
        assertThat(completion.at("/siskin/cache").asText()).isEqualTo("none");
        assertThat(ok(chat(CHAT)).at("/siskin/cache").asText()).isEqualTo("answer");
    }

    @Test
    void completion_foreignQuestion_abstains() {
        retrieval.put("default", "docs", 43, Hits.hit("docs/guide.md", 0, 0.5, TEXT, Map.of(BOUND, 0.1)));

        JsonNode completion = ok(chat(CHAT));

        assertThat(completion.at("/siskin/abstained").asBoolean()).isTrue();
        assertThat(completion.at("/choices/0/message/content").asText()).contains("'docs'");
        assertThat(completion.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(chat(with("\"stream\":true")).body())
                .contains(completion.at("/choices/0/message/content").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_tokens", "max_completion_tokens"})
    void completion_thatReachesTheTokenLimit_endsWithLength(String field) {
        JsonNode completion = ok(chat(with("\"" + field + "\":8")));

        assertThat(completion.at("/choices/0/message/content").asText()).isEqualTo(BOUND + " [1]");
        assertThat(completion.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(ok(chat(with("\"" + field + "\":100000")))
                        .at("/choices/0/finish_reason")
                        .asText())
                .isEqualTo("stop");
    }

    @Test
    void messages_lastOfUser_isTheQuestionAndEarlierTurnsItsHistory() {
        ok(chat(messages("""
                [{"role":"system","content":"Be brief."},
                 {"role":"developer","content":[{"type":"text","text":"Be kind."}]},
                 {"role":"user","content":"What is the queue?","name":"ann"},
                 {"role":"assistant","content":"A place to wait. [1]"},
                 {"role":"assistant","content":null,"tool_calls":[]},
                 {"role":"user","content":[{"type":"text","text":"How is"},{"type":"text","text":"it bounded?"}]}]""")));

        assertThat(retrieval.lastSearch)
                .isNotNull()
                .satisfies(search -> assertThat(search.query()).isEqualTo("What is the queue? How is it bounded?"));
    }

    @Test
    void messages_longerThanAHistoryMayBe_countTheLastOnes() {
        String turns = "{\"role\":\"user\",\"content\":\"What is a queue?\"},".repeat(500);

        ok(chat(messages("[" + turns + "{\"role\":\"user\",\"content\":\"How is the queue bounded?\"}]")));
        String wordy = turns.replace("a queue", "a queue " + "x".repeat(1_000));
        JsonNode followUp = ok(chat(messages("[" + wordy
                + "{\"role\":\"user\",\"content\":\"What is the queue?\"},"
                + "{\"role\":\"user\",\"content\":\"How is it bounded?\"}]")));
        assertThat(followUp.at("/choices/0/message/content").asText()).startsWith(BOUND);
        assertThat(retrieval.lastSearch)
                .isNotNull()
                .satisfies(search -> assertThat(search.query()).isEqualTo("What is the queue? How is it bounded?"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\" by \"", "[\"nowhere\",\" by \"]"})
    void stop_endsTheAnswerInFrontOfIt(String stop) {
        JsonNode completion = ok(chat(with("\"seed\":1,\"stop\":" + stop)));

        assertThat(completion.at("/choices/0/message/content").asText()).isEqualTo("The queue is bounded [1]");
        assertThat(completion.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    }

    @Test
    void stopAndSeedOfNone_changeNothing() {
        String plain =
                ok(chat(with("\"n\":1"))).at("/choices/0/message/content").asText();

        assertThat(ok(chat(with("\"seed\":null,\"stop\":null")))
                        .at("/choices/0/message/content")
                        .asText())
                .isEqualTo(plain);
        assertThat(ok(chat(with("\"stop\":[]")))
                        .at("/choices/0/message/content")
                        .asText())
                .isEqualTo(plain);
    }

    @Test
    void fieldsWithoutEffect_areIgnored() {
        ok(chat(with("""
                "top_p":0.5,"user":"ann","n":1,"logprobs":false,"tools":[],"store":true,
                "temperature":0.7,"response_format":{"type":"text"},"modalities":["text"],"tool_choice":"none",
                "stream":false,"stream_options":null,"frequency_penalty":0,"metadata":{"a":"b"},"unheard_of":{}""")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tools|\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]",
                "functions|\"functions\":[{\"name\":\"f\"}]",
                "n|\"n\":2",
                "n|\"n\":0",
                "logprobs|\"logprobs\":true",
                "top_logprobs|\"top_logprobs\":3",
                "response_format|\"response_format\":{\"type\":\"json_object\"}",
                "modalities|\"modalities\":[\"text\",\"audio\"]",
                "audio|\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}",
                "web_search_options|\"web_search_options\":{}",
                "temperature|\"temperature\":2.5",
                "seed|\"seed\":\"any\"",
                "stop|\"stop\":\"\"",
                "stop|\"stop\":[\"a\",7]",
                "stop|\"stop\":{}",
                "stop|\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]",
                "max_tokens|\"max_tokens\":0",
                "max_completion_tokens|\"max_completion_tokens\":-1",
                "max_tokens|\"max_tokens\":\"many\"",
                "stream|\"stream\":\"yes\"",
            })
    void fieldsWithAnEffectNotOffered_are400NamingTheField(String field, String sent) {
        JsonNode error = refused(chat(with(sent)), 400);

        assertThat(error.path("param").asText()).isEqualTo(field);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("message").asText()).contains(field);
        assertThat(retrieval.searches).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "[null]",
                "[{\"content\":\"why?\"}]",
                "[{\"role\":\"user\"}]",
                "[{\"role\":\"user\",\"content\":\"  \"}]",
                "[{\"role\":\"user\",\"content\":7}]",
                "[{\"role\":\"system\",\"content\":\"Be brief.\"}]",
                "[{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"7\"},{\"role\":\"user\",\"content\":\"why?\"}]",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}]}]",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"why?\"},{\"type\":\"input_audio\"}]}]",
                "\"why?\"",
            })
    void messages_thatHoldNoQuestionOrMoreThanText_are400(String messages) {
        assertThat(refused(chat(messages(messages)), 400).path("param").asText())
                .isEqualTo("messages");
        assertThat(retrieval.searches).hasValue(0);
    }

    @Test
    void messages_tooLarge_are413() {
        assertThat(refused(chat(CHAT.replace("bounded", "x".repeat(9_000))), 413)
                        .path("param")
                        .asText())
                .isEqualTo("messages");
        assertThat(refused(chat(CHAT.replace("bounded", "x".repeat(2 << 20))), 413)
                        .path("message")
                        .asText())
                .contains("1048576");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt-4o",
                "siskin/nowhere",
                "siskin/../etc",
                "siskin/docs:huge",
                "siskin/docs:",
                "siskin/",
                "docs"
            })
    void model_thatIsNone_is404(String model) {
        JsonNode error = refused(chat(CHAT.replace("siskin/docs", model)), 404);

        assertThat(error.path("param").asText()).isEqualTo("model");
        assertThat(refused(get("/v1/models/" + model), 404).path("param").asText())
                .isEqualTo("model");
    }

    @Test
    void model_leftOut_is400() {
        assertThat(refused(chat("{\"messages\":[]}"), 400).path("param").asText())
                .isEqualTo("model");
    }

    @Test
    void model_withARoute_isAWish() {
        JsonNode granted = ok(chat(CHAT.replace("siskin/docs", "siskin/docs:extractive")));
        JsonNode notGranted = ok(chat(CHAT.replace("siskin/docs", "siskin/docs:small")));

        assertThat(granted.path("model").asText()).isEqualTo("siskin/docs:extractive");
        assertThat(granted.at("/siskin/route/reason").asText()).startsWith("asked for");
        assertThat(granted.at("/siskin/route/degraded").isNull()).isTrue();
        assertThat(notGranted.at("/siskin/route/degraded/cause").asText()).isEqualTo("not_allowed");
    }

    @Test
    void models_areTheCollectionsWithEachTierThatRuns() {
        retrieval.put("default", "a-book", 1, HIT);
        retrieval.put("other", "secret", 1, HIT);

        JsonNode models = ok(get("/v1/models"));

        assertThat(models.path("object").asText()).isEqualTo("list");
        assertThat(models.path("data").findValuesAsText("id"))
                .containsExactly("siskin/a-book", "siskin/a-book:extractive", "siskin/docs", "siskin/docs:extractive");
        assertThat(models.at("/data/0"))
                .isEqualTo(json("{\"id\":\"siskin/a-book\",\"object\":\"model\",\"created\":%d,\"owned_by\":\"siskin\"}"
                        .formatted(models.at("/data/0/created").asLong())));
        for (String path : List.of("siskin/docs", "siskin%2Fdocs", "siskin%2Fdocs%3Aextractive", "siskin/docs:auto")) {
            assertThat(ok(get("/v1/models/" + path)).path("object").asText()).isEqualTo("model");
        }
        assertThat(ok(get("/v1/models/siskin%2Fdocs%3Aextractive")).path("id").asText())
                .isEqualTo("siskin/docs:extractive");
        refused(get("/v1/models/siskin/docs:large"), 404);
        refused(get("/v1/models/siskin/secret"), 404);
    }

    @Test
    void retrieval_down_is503InOpenAisShape() {
        retrieval.close();

        HttpResponse<String> chat = chat(CHAT);

        assertThat(refused(chat, 503).path("type").asText()).isEqualTo("server_error");
        assertThat(chat.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused(chat(with("\"stream\":true")), 503).path("message").asText())
                .contains("retrieval-service");
        assertThat(refused(get("/v1/models"), 503).path("message").asText()).contains("retrieval-service");
    }

    @Test
    void tenants_seeAndAskTheirOwnOnly() {
        Path file = folder.resolve("keys.json");
        var keys = new KeyFile(file);
        String[] one = key(keys, "one", "tenant-one", Scope.QUERY);
        String[] two = key(keys, "two", "tenant-two", Scope.QUERY);
        String[] writer = key(keys, "writer", "tenant-one", Scope.WRITE);
        String service = key(keys, "inference", "operator", Scope.SERVICE)[1].substring("Bearer ".length());
        inference.close();
        retrieval.close();
        retrieval = new RetrievalStandIn(file.toString());
        retrieval.put("tenant-one", "docs", 7, HIT);
        inference = inference(Map.of("inference.keys.file", file.toString(), "inference.retrieval.key", service));

        ok(chat(CHAT, one));
        assertThat(ok(get("/v1/models", one)).path("data")).hasSize(2);
        ok(get("/v1/models/siskin/docs", one));
        refused(chat(CHAT, two), 404);
        assertThat(ok(get("/v1/models", two)).path("data")).isEmpty();
        refused(get("/v1/models/siskin/docs", two), 404);
        for (HttpResponse<String> withoutKey : List.of(chat(CHAT), get("/v1/models"), get("/v1/models/siskin/docs"))) {
            assertThat(refused(withoutKey, 401).path("type").asText()).isEqualTo("authentication_error");
        }
        assertThat(refused(chat(CHAT, writer), 403).path("type").asText()).isEqualTo("permission_error");
        refused(get("/v1/models", writer), 403);
    }

    private static String[] key(KeyFile keys, String id, String tenant, Scope scope) {
        return new String[] {
            "Authorization",
            "Bearer "
                    + keys.create(id, tenant, Set.of(scope), ServiceTier.STANDARD, null)
                            .key()
        };
    }

    @Test
    void stream_sendsRoleSentencesReasonUsageAndDone() {
        HttpResponse<String> response = chat(with("\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<String> events = List.of(response.body().split("\n\n"));
        assertThat(events).allMatch(event -> event.startsWith("data: "));
        assertThat(events.getLast()).isEqualTo("data: [DONE]");
        List<JsonNode> chunks = events.subList(0, events.size() - 1).stream()
                .map(event -> json(event.substring("data: ".length())))
                .toList();
        assertThat(chunks).hasSize(5).allSatisfy(chunk -> {
            assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
            assertThat(chunk.path("id")).isEqualTo(chunks.getFirst().path("id"));
            assertThat(chunk.path("created").isIntegralNumber()).isTrue();
            assertThat(chunk.path("model").asText()).isEqualTo("siskin/docs");
        });
        assertThat(chunks.get(0).path("choices").toString())
                .isEqualTo(
                        "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]");
        assertThat(chunks.get(1).at("/choices/0/delta").toString()).isEqualTo("{\"content\":\"" + BOUND + " [1]\"}");
        assertThat(chunks.get(2).at("/choices/0/delta").toString()).isEqualTo("{\"content\":\" " + FULL + " [2]\"}");
        assertThat(chunks.get(3).path("choices").toString())
                .isEqualTo("[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]");
        assertThat(chunks.get(3).at("/siskin/citations")).hasSize(2);
        assertThat(chunks.get(4).path("choices")).isEmpty();
        assertThat(chunks.get(4).at("/usage/total_tokens").asInt()).isPositive();
        assertThat(chunks.subList(0, 4)).noneMatch(chunk -> chunk.has("usage"));
        assertThat(chat(with("\"stream\":true")).body())
                .doesNotContain("\"usage\"")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void metrics_countChatsAsAnswers() {
        ok(chat(CHAT));
        chat(with("\"stream\":true"));

        assertThat(get("/metrics").body())
                .contains("siskin_answers_total{cache=\"none\",outcome=\"answered\",tenant=\"default\"} 1.0")
                .contains("siskin_answers_total{cache=\"answer\",outcome=\"answered\",tenant=\"default\"} 1.0");
    }
}
