package dev.siskin.retrieval.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The document that the running service hands out, against the service itself. */
class OpenApiDocumentTest {
    @TempDir
    static Path data;

    private static TestService service;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
        document = service.get("/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        service.close();
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
                .isEqualTo(service.routes())
                .contains(
                        "PUT /v1/collections/{name}",
                        "POST /v1/collections/{name}/documents",
                        "GET /v1/collections/{name}/documents/{id}",
                        "POST /v1/collections/{name}/search",
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

        assertThat(references)
                .contains(
                        "#/components/schemas/Filter",
                        "#/components/schemas/Chunk",
                        "#/components/schemas/Quantization",
                        "#/components/responses/Problem");
        assertThat(references)
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isObject())
                        .isTrue());
    }

    static Stream<Arguments> operationsWithABody() {
        return operations().entrySet().stream()
                .filter(operation -> operation.getValue().has("requestBody"))
                .filter(operation ->
                        !operation.getValue().at("/requestBody/content").has("application/x-tar"))
                .map(operation -> Arguments.of(operation.getKey(), operation.getValue()));
    }

    /** The service names the fields it knows when it refuses one it does not know. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("operationsWithABody")
    void request_fields_areThoseTheServiceKnows(String route, JsonNode operation) {
        Map.Entry<String, JsonNode> content =
                operation.at("/requestBody/content").properties().iterator().next();
        String reference = content.getValue().at("/schema/$ref").asText();
        var documented = new TreeSet<String>();
        document.at(reference.substring(1)).path("properties").fieldNames().forEachRemaining(documented::add);

        String[] methodAndPath = route.replace("{name}", "docs").split(" ", 2);
        JsonNode refusal = service.send(methodAndPath[0], methodAndPath[1], content.getKey(), "{\"unheard_of\":1}")
                .lines()
                .getFirst();

        assertThat(refusal.path("detail").asText() + refusal.path("error").asText())
                .endsWith("known fields here: " + String.join(", ", documented));
    }

    @Test
    void docs_page_isServedUnderAPolicy() {
        TestService.Answer page = service.get("/docs");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.response()
                        .headers()
                        .firstValue("Content-Security-Policy")
                        .orElse(""))
                .contains("default-src 'none'", "script-src 'sha256-");
    }
}
