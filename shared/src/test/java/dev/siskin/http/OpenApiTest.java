package dev.siskin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Chunk;
import dev.siskin.api.DocumentHashes;
import dev.siskin.api.Filter;
import dev.siskin.api.Json;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenApiTest {
    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<HttpHost> started = new ArrayList<>();

    enum Colour {
        @JsonProperty("deep_red")
        RED
    }

    record Painted(
            String shortName,
            @Nullable Integer coats,
            @JsonProperty("usd_per_1k") double price,
            List<Colour> colours,
            @Nullable Colour favourite,
            Map<String, @Nullable Long> areas,
            @Nullable Painted below) {}

    @AfterEach
    void stop() {
        http.shutdownNow();
        started.forEach(HttpHost::close);
    }

    private HttpHost start(Map<String, String> given) {
        var values = new HashMap<>(Map.of("test.http.port", "0"));
        values.putAll(given);
        HttpHost host = HttpHost.named("test", HttpSettings.declare("test", 0).read(Settings.of(values)))
                .post("/paint/{room}", Scope.WRITE, 5000, ContentKind.JSON, (context, caller) -> {})
                .describe(RouteDoc.of("Paints")
                        .reads(Painted.class)
                        .query("coats", Integer.class, "How many.")
                        .answers(201, Painted.class)
                        .answersLines(Painted.class, Problem.class)
                        .answersText("text/event-stream")
                        .fails(409))
                .get("/things/<id>", Scope.QUERY, (context, caller) -> {})
                .page("/", context -> context.result("page"))
                .start();
        started.add(host);
        return host;
    }

    private HttpResponse<String> get(HttpHost host, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(host.address() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode document(HttpHost host) throws Exception {
        HttpResponse<String> response = get(host, "/openapi.json");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.MAPPER.readTree(response.body());
    }

    private static JsonNode components(Class<?> type) {
        var schemas = new JsonSchemas();
        schemas.of(type);
        return Json.MAPPER.valueToTree(schemas.components());
    }

    private static JsonNode json(String text) throws Exception {
        return Json.MAPPER.readTree(text);
    }

    @Test
    void document_routes_areThoseOfTheRouter() throws Exception {
        HttpHost host = start(Map.of());
        var documented = new HashSet<String>();
        document(host)
                .path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method ->
                                documented.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));

        assertThat(documented)
                .isEqualTo(host.routes())
                .contains("POST /paint/{room}", "GET /things/{id}", "GET /", "GET /livez", "GET /docs");
    }

    @Test
    void operation_tellsParametersBodyAnswersAndScope() throws Exception {
        JsonNode paint = document(start(Map.of())).at("/paths/~1paint~1{room}/post");

        assertThat(paint.path("summary").asText()).isEqualTo("Paints");
        assertThat(paint.path("parameters")).isEqualTo(json("""
                [{"name":"room","in":"path","required":true,"schema":{"type":"string"}},
                 {"name":"coats","in":"query","required":false,"description":"How many.",
                  "schema":{"type":"integer","format":"int32"}}]"""));
        assertThat(paint.at("/requestBody/description").asText()).contains("5,000 bytes");
        assertThat(paint.at("/requestBody/content/application~1json/schema/$ref")
                        .asText())
                .isEqualTo("#/components/schemas/OpenApiTest.Painted");
        assertThat(paint.at("/responses/201/content/application~1json").isObject())
                .isTrue();
        assertThat(paint.at("/responses/200/content").fieldNames())
                .toIterable()
                .containsExactly("application/x-ndjson", "text/event-stream");
        assertThat(paint.at("/responses/default/$ref").asText()).isEqualTo("#/components/responses/Problem");
        assertThat(names(paint.path("responses")))
                .containsExactly("201", "200", "400", "401", "403", "409", "413", "415", "429", "503", "default");
        assertThat(paint.path("security")).isEqualTo(json("[{\"bearer\":[\"write\"]},{}]"));
    }

    @Test
    void document_withKeys_isForAdminsAndAsksForKeys() throws Exception {
        var file = new KeyFile(folder.resolve("keys.json"));
        String admin = file.create("a", "t", Set.of(Scope.ADMIN), ServiceTier.STANDARD, null)
                .key();
        String reader = file.create("r", "t", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
        HttpHost host =
                start(Map.of("test.keys.file", folder.resolve("keys.json").toString()));

        for (String path : List.of("/openapi.json", "/docs")) {
            assertThat(get(host, path).statusCode()).isEqualTo(401);
            assertThat(get(host, path, "Authorization", "Bearer " + reader).statusCode())
                    .isEqualTo(403);
            assertThat(get(host, path, "Authorization", "Bearer " + admin).statusCode())
                    .isEqualTo(200);
        }
        JsonNode document = json(
                get(host, "/openapi.json", "Authorization", "Bearer " + admin).body());
        assertThat(document.at("/paths/~1metrics/get/security")).isEqualTo(json("[{\"bearer\":[\"admin\"]}]"));
        assertThat(document.at("/paths/~1livez/get/security")).isEqualTo(json("[]"));
    }

    @Test
    void record_schema_hasTheMappersNamesAndTheNullableOfEachComponent() throws Exception {
        JsonNode components = components(Painted.class);

        assertThat(components.path("OpenApiTest.Painted")).isEqualTo(json("""
                {"type":"object","properties":{
                  "short_name":{"type":"string"},
                  "coats":{"type":["integer","null"],"format":"int32"},
                  "usd_per_1k":{"type":"number","format":"double"},
                  "colours":{"type":"array","items":{"$ref":"#/components/schemas/OpenApiTest.Colour"}},
                  "favourite":{"anyOf":[{"$ref":"#/components/schemas/OpenApiTest.Colour"},{"type":"null"}]},
                  "areas":{"type":"object","additionalProperties":{"type":["integer","null"],"format":"int64"}},
                  "below":{"anyOf":[{"$ref":"#/components/schemas/OpenApiTest.Painted"},{"type":"null"}]}},
                 "required":["short_name","usd_per_1k","colours","areas"]}"""));
        assertThat(components.path("OpenApiTest.Colour")).isEqualTo(json("""
                {"type":"string","enum":["deep_red"]}"""));
    }

    @Test
    void record_properties_areWhatTheMapperWrites() {
        var chunk = new Chunk("text", null, null, null, 0, 4, new float[] {1});

        assertThat(components(Chunk.class).path("Chunk").path("properties").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(
                        () -> Json.MAPPER.valueToTree(chunk).fieldNames());
        assertThat(components(DocumentHashes.class).path("DocumentHashes").at("/properties/content_hashes"))
                .hasToString("{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"null\"]}}");
    }

    @Test
    void vector_schema_allowsTheFormsTheMapperReads() throws Exception {
        JsonNode forms = components(SearchRequest.class).path("SearchRequest").at("/properties/vector/anyOf/0/anyOf");

        assertThat(forms.findValuesAsText("type")).startsWith("array").endsWith("string");
        assertThat(Json.MAPPER
                        .readValue("{\"vector\":[1,2]}", SearchRequest.class)
                        .vector())
                .isEqualTo(Json.MAPPER
                        .readValue("{\"vector\":\"AACAPwAAAEA=\"}", SearchRequest.class)
                        .vector());
    }

    @Test
    void filter_schema_hasAFormForEachKindOfFilter() {
        List<Filter> kinds = List.of(
                new Filter.All(),
                new Filter.Equal("f", 1L),
                new Filter.In("f", List.of("a")),
                new Filter.Range("f", 1L, null, null, null),
                new Filter.Exists("f"),
                new Filter.Prefix("f", "p"),
                new Filter.And(List.of(new Filter.All())),
                new Filter.Or(List.of(new Filter.All())),
                new Filter.Not(new Filter.All()));
        assertThat(kinds).hasSameSizeAs(Filter.class.getPermittedSubclasses());
        JsonNode forms = components(SearchRequest.class).path("Filter").path("oneOf");

        var operators = new ArrayList<List<String>>();
        forms.forEach(form -> operators.add(names(form.path("properties"))));
        assertThat(operators)
                .containsExactlyElementsOf(kinds.stream()
                        .map(kind -> names(Json.MAPPER.valueToTree(kind)))
                        .toList());
    }

    private static List<String> names(JsonNode object) {
        var names = new ArrayList<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void nestedRecords_ofOneShortName_areTwoComponents() {
        var schemas = new JsonSchemas();
        schemas.of(SearchResponse.class);
        schemas.of(dev.siskin.api.AnswerResponse.class);

        assertThat(schemas.components()).containsKeys("SearchResponse.Timings", "AnswerResponse.Timings");
    }

    @Test
    void type_withoutASchema_isNamedInTheError() {
        assertThatThrownBy(() -> new JsonSchemas().of(Thread.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("java.lang.Thread");
    }

    @Test
    void docs_page_runsItsOwnScriptOnlyAndLoadsNothingFromElsewhere() throws Exception {
        HttpResponse<String> page = get(start(Map.of()), "/docs");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "connect-src 'self'")
                .doesNotContain("unsafe");
        assertThat(page.body())
                .contains("fetch(\"openapi.json\")")
                .doesNotContain("innerHTML", "insertAdjacentHTML", "http://", "https://", "onclick");
    }
}
