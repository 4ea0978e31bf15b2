package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import dev.siskin.retrieval.codec.PageCache;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CollectionsTest {
    @TempDir
    static Path data;

    private static TestService service;

    @BeforeAll
    static void start() throws Exception {
        service = TestService.on(data);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void empty() {
        service.get("/v1/generations")
                .json()
                .fieldNames()
                .forEachRemaining(name -> service.delete("/v1/collections/" + name));
    }

    @Test
    void create_twice_isIdempotent() {
        assertThat(service.put("/v1/collections/docs", "{}").status()).isEqualTo(201);
        TestService.Answer again = service.put("/v1/collections/docs", "{\"quantization\":\"int4\"}");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().path("embedding_model").asText()).isEqualTo("bge-small-en-v1.5");
        assertThat(again.json().path("dimensions").asInt()).isEqualTo(384);
    }

    @Test
    void create_withAnotherLanguageThanExists_isAConflict() {
        service.put("/v1/collections/docs", "{}");
        TestService.Answer other = service.put("/v1/collections/docs", "{\"language\":\"de\"}");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.detail()).contains("language=en", "not de");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"language\":\"xx\"} | 422 | language must be one of",
                "{\"embedding_model\":\"../x\"} | 422 | no embedding model",
                "{\"quantisation\":\"int4\"} | 400 | quantisation",
                "{\"quantization\":\"int5\"} | 400 | quantization"
            })
    void create_withAnImpossibleSpec_saysWhatIsPossible(String spec, int status, String detail) {
        TestService.Answer answer = service.put("/v1/collections/docs", spec);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.detail()).contains(detail);
        assertThat(service.get("/v1/collections/docs").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Docs", "-docs", ".docs", "a%2Fb", "..%2Fx"})
    void create_underAnImpossibleName_isMalformed(String name) {
        TestService.Answer answer = service.put("/v1/collections/" + name, "{}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains("name");
    }

    @Test
    void show_ofACollection_countsDocumentsChunksAndBytes() {
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{}", "one", at(0)), line("b", "{}", "two", at(10)));
        service.delete("/v1/collections/docs/documents/a");
        JsonNode info = service.get("/v1/collections/docs").json();
        assertThat(info.path("documents").asInt()).isEqualTo(1);
        assertThat(info.path("chunks").asInt()).isEqualTo(1);
        assertThat(info.path("deleted").asInt()).isBetween(0, 1); // a merge may have taken it
        assertThat(info.path("segments").asInt()).isEqualTo(1);
        assertThat(info.path("generation").asLong()).isGreaterThanOrEqualTo(3);
        assertThat(info.path("embedder").asText()).startsWith("e1-");
        for (String kind : new String[] {"raw_vectors", "quantized", "graph", "postings", "stored_text"}) {
            long onDisk = info.path("bytes_on_disk").path(kind).asLong();
            assertThat(onDisk).as(kind).isPositive();
            if (PageCache.ofThisKernel().isPresent()) {
                assertThat(info.path("bytes_resident").path(kind).asLong())
                        .as(kind)
                        .isBetween(1L, onDisk);
            }
        }
    }

    @Test
    void list_ofNone_isEmpty() {
        assertThat(service.get("/v1/collections").json().path("collections").isEmpty())
                .isTrue();
    }

    @Test
    void list_ofSeveral_opensNone() throws Exception {
        service.put("/v1/collections/a", "{}");
        service.upsert("a", line("x", "{}", "one", at(0)), line("y", "{}", "two", at(10)));
        service.close();
        service = TestService.on(data);
        JsonNode list = service.get("/v1/collections").json().path("collections");
        assertThat(list.at("/0/documents").asInt()).isEqualTo(2);
        assertThat(list.at("/0/bytes_resident").isMissingNode()
                        || list.at("/0/bytes_resident").isNull())
                .isTrue();
        assertThat(service.get("/metrics").body()).contains("siskin_retrieval_collections_open 0.0");
    }

    @Test
    void list_ofSeveral_isByName() {
        service.put("/v1/collections/b", "{}");
        service.put("/v1/collections/a", "{}");
        JsonNode list = service.get("/v1/collections").json().path("collections");
        assertThat(list.findValuesAsText("name")).containsExactly("a", "b");
    }
}
