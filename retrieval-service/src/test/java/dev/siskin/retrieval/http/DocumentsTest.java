package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentsTest {
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
    void fill() {
        service.delete("/v1/collections/docs");
        service.put("/v1/collections/docs", "{}");
        service.upsert(
                "docs",
                line("b/2", "{\"n\":2}", "two", at(0)),
                line("a", "{\"n\":1}", "one", at(0)),
                line("b/1", "{\"n\":3}", "three", at(0)));
        service.upsert("docs", line("b/3", "{\"n\":4}", "four", at(0)), line("é", "{\"n\":5}", "five", at(0)));
    }

    private static long generation() {
        return service.get("/v1/generations").json().path("docs").asLong();
    }

    private static List<String> pages(String query) {
        var ids = new ArrayList<String>();
        String cursor = "";
        do {
            JsonNode page = service.get("/v1/collections/docs/documents?limit=2" + query + cursor)
                    .json();
            assertThat(page.path("documents").size()).isLessThanOrEqualTo(2);
            ids.addAll(page.path("documents").findValuesAsText("id"));
            cursor = page.path("cursor").isNull()
                    ? ""
                    : "&cursor=" + page.path("cursor").asText();
        } while (!cursor.isEmpty());
        return ids;
    }

    @Test
    void pages_inOrder_listEachDocumentOnce() {
        assertThat(pages("")).containsExactly("a", "b/1", "b/2", "b/3", "é");
        assertThat(pages("&prefix=b/")).containsExactly("b/1", "b/2", "b/3");
        assertThat(pages("&prefix=zz")).isEmpty();
    }

    @Test
    void pages_afterADelete_leaveItOut() {
        service.delete("/v1/collections/docs/documents/b/2");
        assertThat(pages("")).containsExactly("a", "b/1", "b/3", "é");
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=1001", "limit=x", "cursor=%25"})
    void page_ofAnImpossibleRequest_isMalformed(String query) {
        assertThat(service.get("/v1/collections/docs/documents?" + query).status())
                .isEqualTo(400);
    }

    @Test
    void show_ofADocument_givesItBackWhole() {
        JsonNode document = service.get("/v1/collections/docs/documents/b/1").json();
        assertThat(document.path("id").asText()).isEqualTo("b/1");
        assertThat(document.at("/metadata/n").asInt()).isEqualTo(3);
        assertThat(document.at("/chunks/0/text").asText()).isEqualTo("three");
    }

    @Test
    void showAndDelete_ofAnUnknownDocument_areNotFound() {
        assertThat(service.get("/v1/collections/docs/documents/zz").status()).isEqualTo(404);
        assertThat(service.delete("/v1/collections/docs/documents/zz").status()).isEqualTo(404);
    }

    @Test
    void status_ofUnknownIds_isNull() {
        JsonNode hashes = service.post("/v1/collections/docs/documents/status", "{\"ids\":[\"a\",\"zz\"]}")
                .json()
                .path("content_hashes");
        assertThat(hashes.path("zz").isNull()).isTrue();
        assertThat(hashes.has("a")).isTrue();
    }

    @Test
    void delete_byIds_deletesThoseThereAre() {
        long before = generation();
        JsonNode summary = service.post("/v1/collections/docs/documents/delete", "{\"ids\":[\"a\",\"zz\",\"b/1\"]}")
                .json();
        assertThat(summary.path("deleted").asInt()).isEqualTo(2);
        assertThat(summary.path("generation").asLong()).isEqualTo(before + 1);
        assertThat(pages("")).containsExactly("b/2", "b/3", "é");
    }

    @Test
    void delete_byFilter_deletesWholeDocuments() {
        JsonNode summary = service.post(
                        "/v1/collections/docs/documents/delete", "{\"filter\":{\"range\":{\"n\":{\"gte\":3}}}}")
                .json();
        assertThat(summary.path("deleted").asInt()).isEqualTo(3);
        assertThat(pages("")).containsExactly("a", "b/2");
        assertThat(service.get("/v1/collections/docs").json().path("chunks").asInt())
                .isEqualTo(2);
    }

    @Test
    void delete_ofNothing_keepsTheGeneration() {
        long before = generation();
        JsonNode summary = service.post("/v1/collections/docs/documents/delete", "{\"filter\":{\"eq\":{\"n\":99}}}")
                .json();
        assertThat(summary.path("deleted").asInt()).isZero();
        assertThat(summary.path("generation").asLong()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"ids\":[\"a\"],\"filter\":{}}", "{\"filter\":{}}", "{\"ids\":[null]}", "{\"ids\":\"a\"}"
            })
    void delete_ofAnImpossibleRequest_isMalformed(String request) {
        assertThat(service.post("/v1/collections/docs/documents/delete", request)
                        .status())
                .isEqualTo(400);
    }
}
