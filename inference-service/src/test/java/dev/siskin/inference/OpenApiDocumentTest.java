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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The document that the running service hands out, against the service itself. */
final class OpenApiDocumentTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static InferenceService inference;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        var settings = Map.of("inference.http.port", "0", "inference.cache.generation.poll", "1h");
        inference = InferenceService.start(Settings.of(settings), System::nanoTime);
        document = Json.MAPPER.readTree(get("/openapi.json").body());
    }

    @AfterAll
    static void stop() {
        HTTP.shutdownNow();
        inference.close();
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(inference.address() + path)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, JsonNode> operations() {
        var operations = new TreeMap<String, JsonNode>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> operations.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue())));
        return operations;
    }

    @Test
    void document_routes_areThoseThatAreRegistered() {
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
        assertThat(operations().keySet())
                .isEqualTo(inference.routes())
                .contains(
                        "POST /v1/answers",
                        "POST /v1/chat/completions",
                        "GET /v1/models",
                        "GET /v1/models/{id}",
                        "GET /v1/memory",
                        "GET /v1/generators",
                        "PUT /v1/generators/{tier}",
                        "GET /",
                        "GET /openapi.json",
                        "GET /docs");
    }

    @Test
    void operation_isDescribedWithASummaryAndAnAnswer() {
        assertThat(operations()).allSatisfy((_, operation) -> {
            assertThat(operation.path("summary").asText()).isNotBlank();
            assertThat(operation.path("responses").fieldNames())
                    .toIterable()
                    .anyMatch(status -> status.startsWith("2"))
                    .contains("default");
        });
    }

    @Test
    void reference_leadsSomewhere() {
        List<String> references = document.findValuesAsText("$ref");

        assertThat(references).contains("#/components/schemas/AnswerRequest", "#/components/responses/Problem");
        assertThat(references)
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isObject())
                        .isTrue());
    }

    @Test
    void chat_isDescribedAsJsonAndAsAStreamWithOpenAisErrors() {
        JsonNode chat = document.path("paths").path("/v1/chat/completions").path("post");

        assertThat(chat.at("/responses/200/content").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("application/json", "text/event-stream");
        assertThat(chat.at("/responses/default/$ref").asText()).endsWith("/OpenAiError");
        assertThat(document.at("/components/schemas/ChatRequest/properties").fieldNames())
                .toIterable()
                .contains("model", "messages", "max_completion_tokens", "stream_options");
        assertThat(document.at("/components/schemas/ChatCompletion/required").toString())
                .contains("choices", "usage", "siskin");
    }

    /** The service names the fields it knows when it refuses one it does not know. */
    @Test
    void answers_requestFields_areThoseTheServiceKnows() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(inference.address() + "/v1/answers"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"unheard_of\":1}"))
                .build();
        String detail = Json.MAPPER
                .readTree(
                        HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body())
                .path("detail")
                .asText();

        var documented = new TreeSet<String>();
        document.at("/components/schemas/AnswerRequest/properties").fieldNames().forEachRemaining(documented::add);
        assertThat(detail).endsWith("known fields here: " + String.join(", ", documented));
    }

    @Test
    void docs_page_isServedUnderAPolicy() throws Exception {
        HttpResponse<String> page = get("/docs");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'sha256-");
    }
}
