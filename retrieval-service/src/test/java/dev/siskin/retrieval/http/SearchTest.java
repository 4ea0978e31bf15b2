package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchTest {
    @TempDir
    static Path data;

    private static TestService service;

    @BeforeAll
    static void start() throws Exception {
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
        var two = new LinkedHashMap<String, float[]>();
        two.put("Siskins eat alder seeds.", at(40));
        two.put("Alder seeds ripen late. Nobody knows why.", at(50));
        service.upsert(
                "docs",
                line("near", "{\"lang\":\"en\",\"year\":2020,\"ok\":true,\"on\":\"2026-01-31\"}", "A finch.", at(10)),
                line(
                        "far",
                        "{\"lang\":\"de\",\"year\":2024.5,\"tags\":[\"x\",\"y\"],\"on\":\"2026-02-01T00:00:00Z\"}",
                        "Alder trees.",
                        at(80)),
                line("two", "h", "{\"lang\":\"en\",\"year\":2030}", two));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static String vector(String more) {
        return "{\"mode\":\"vector\",\"vector\":\"%s\"%s}".formatted(base64(at(0)), more);
    }

    private static String hybrid(String more) {
        return "{\"query\":\"alder seeds\",\"vector\":\"%s\"%s}".formatted(base64(at(0)), more);
    }

    @Test
    void vector_byCosine_ordersByExactCosine() {
        JsonNode hits = service.search("docs", vector("")).json().path("hits");
        assertThat(hits.findValuesAsText("document_id")).containsExactly("near", "two", "two", "far");
        assertThat(hits.at("/0/scores/cosine").asDouble()).isCloseTo(Math.cos(Math.toRadians(10)), within(1e-5));
        assertThat(hits.at("/0/score")).isEqualTo(hits.at("/0/scores/cosine"));
        assertThat(hits.at("/0/scores/bm25").isNull()).isTrue();
        assertThat(hits.at("/3/ranks/vector").asInt()).isEqualTo(4);
    }

    @Test
    void vector_exact_agreesWithTheGraph() {
        JsonNode graph = service.search("docs", vector("")).json().path("hits");
        JsonNode exact =
                service.search("docs", vector(",\"exact\":true")).json().path("hits");
        assertThat(exact).isEqualTo(graph);
    }

    @Test
    void keyword_byBm25_findsChunksWithTheTermsOnly() {
        JsonNode answer = service.search("docs", "{\"query\":\"Which alder seeds are there?\",\"mode\":\"keyword\"}")
                .json();
        assertThat(answer.path("hits").findValuesAsText("document_id")).containsExactly("two", "two", "far");
        assertThat(answer.at("/hits/0/scores/cosine").isNull()).isTrue();
        assertThat(answer.at("/hits/0/score").asDouble()).isPositive();
        assertThat(answer.path("degraded").isNull()).isTrue();
        assertThat(answer.path("embedding_model").isNull()).isTrue();
    }

    @Test
    void hybrid_scoresEveryCandidateOnBothSides() {
        JsonNode hits = service.search("docs", hybrid("")).json().path("hits");
        assertThat(hits).hasSize(4);
        for (JsonNode hit : hits) {
            assertThat(hit.at("/scores/cosine").isNumber()).isTrue();
            assertThat(hit.at("/scores/bm25").isNumber()).isTrue();
            assertThat(hit.path("score")).isEqualTo(hit.at("/scores/fused"));
        }
        JsonNode near = hits.findParents("document_id").stream()
                .filter(hit -> hit.path("document_id").asText().equals("near"))
                .findFirst()
                .orElseThrow();
        assertThat(near.at("/ranks/keyword").isNull()).isTrue();
        assertThat(near.at("/ranks/vector").asInt()).isEqualTo(1);
        assertThat(near.at("/scores/bm25").asDouble()).isZero();
    }

    @Test
    void search_byVectors_namesTheModelThatScalesTheCosines() {
        assertThat(service.search("docs", hybrid(""))
                        .json()
                        .path("embedding_model")
                        .asText())
                .isEqualTo("bge-small-en-v1.5");
        assertThat(service.search("docs", vector(""))
                        .json()
                        .path("embedding_model")
                        .asText())
                .isEqualTo("bge-small-en-v1.5");
    }

    @Test
    void search_withMinScore_leavesOutSmallerCosines() {
        assertThat(service.found("docs", hybrid(",\"min_score\":0.7"))).containsExactlyInAnyOrder("near", "two");
        assertThat(service.found("docs", vector(",\"min_score\":0.99"))).isEmpty();
    }

    @Test
    void search_withOnePerDocument_takesItsBestChunk() {
        assertThat(service.found("docs", vector(",\"max_per_document\":1"))).containsExactly("near", "two", "far");
        assertThat(service.found("docs", "{\"query\":\"alder\",\"mode\":\"keyword\",\"max_per_document\":1}"))
                .containsExactlyInAnyOrder("two", "far");
    }

    @Test
    void search_includingHighlightsOnly_givesOffsetsBestFirstAndNoText() {
        JsonNode hit = service.search(
                        "docs",
                        "{\"query\":\"when do alder seeds ripen\",\"mode\":\"keyword\",\"include\":[\"highlights\"],\"k\":1}")
                .json()
                .at("/hits/0");
        assertThat(hit.path("text").isNull()).isTrue();
        assertThat(hit.path("metadata").isNull()).isTrue();
        assertThat(hit.at("/highlights/0/start").asInt()).isZero();
        assertThat(hit.at("/highlights/0/end").asInt()).isEqualTo("Alder seeds ripen late.".length());
        assertThat(hit.at("/highlights/0/score").asDouble()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"eq\":{\"lang\":\"en\"}} | near two",
                "{\"eq\":{\"ok\":true}} | near",
                "{\"eq\":{\"year\":2020.0}} | near",
                "{\"eq\":{\"year\":\"2020\"}} | ",
                "{\"eq\":{\"tags\":\"y\"}} | far",
                "{\"eq\":{\"on\":\"2026-01-31T00:00:00+00:00\"}} | near",
                "{\"eq\":{\"absent\":1}} | ",
                "{\"in\":{\"lang\":[\"de\",\"fr\"]}} | far",
                "{\"range\":{\"year\":{\"gt\":2020,\"lte\":2024.5}}} | far",
                "{\"range\":{\"year\":{\"gte\":2020,\"lt\":2024.5}}} | near",
                "{\"range\":{\"on\":{\"gte\":\"2026-02-01\"}}} | far",
                "{\"range\":{\"on\":{\"lt\":\"2026-02-01\"}}} | near",
                "{\"exists\":\"tags\"} | far",
                "{\"prefix\":{\"lang\":\"e\"}} | near two",
                "{\"prefix\":{\"year\":\"2\"}} | ",
                "{\"and\":[{\"eq\":{\"lang\":\"en\"}},{\"range\":{\"year\":{\"gt\":2020}}}]} | two",
                "{\"or\":[{\"eq\":{\"lang\":\"de\"}},{\"eq\":{\"ok\":true}}]} | near far",
                "{\"not\":{\"eq\":{\"lang\":\"en\"}}} | far",
                "{\"not\":{\"exists\":\"absent\"}} | near two far",
                "{} | near two far"
            })
    void filter_ofAnyKind_holdsOnEverySide(String filter, String expected) {
        String[] ids = expected == null ? new String[0] : expected.split(" ");
        String more = ",\"filter\":" + filter;
        assertThat(service.found("docs", vector(more + ",\"max_per_document\":1")))
                .containsExactlyInAnyOrder(ids);
        assertThat(service.found("docs", vector(more + ",\"max_per_document\":1,\"exact\":true")))
                .containsExactlyInAnyOrder(ids);
        assertThat(service.found("docs", hybrid(more + ",\"max_per_document\":1")))
                .containsExactlyInAnyOrder(ids);
        assertThat(service.found(
                        "docs", "{\"query\":\"alder finch\",\"mode\":\"keyword\",\"max_per_document\":1" + more + "}"))
                .containsExactlyInAnyOrder(ids);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"query\":\"\"} | 400 | query",
                "{} | 400 | query",
                "{\"query\":\"x\",\"k\":0} | 400 | k must be 1 to 1000: k=0",
                "{\"query\":\"x\",\"k\":1001} | 400 | k=1001",
                "{\"query\":\"x\",\"top\":3} | 400 | top",
                "{\"query\":\"x\",\"mode\":\"fuzzy\"} | 400 | mode",
                "{\"query\":\"x\",\"min_score\":2} | 400 | min_score",
                "{\"query\":\"x\",\"oversample\":0.5} | 400 | oversample",
                "{\"query\":\"x\",\"deadline_ms\":0} | 400 | deadline_ms",
                "{\"query\":\"x\",\"vector\":[1,2]} | 422 | 384",
                "{\"query\":\"x\",\"filter\":{\"like\":{\"a\":1}}} | 400 | like",
                "{\"query\":\"x\",\"filter\":{\"range\":{\"lang\":{\"gt\":1}}}} | 422 | lang",
                "{\"query\":\"x\",\"filter\":{\"range\":{\"on\":{\"gt\":1}}}} | 422 | RFC 3339",
                "{\"query\":\"x\" | 400 | malformed",
                "{\"query\":\"x\",\"min_generation\":99,\"deadline_ms\":20} | 503 | min_generation=99"
            })
    void search_ofAnImpossibleRequest_namesTheField(String request, int status, String detail) {
        TestService.Answer answer = service.search("docs", request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.detail()).contains(detail);
        assertThat(answer.response().headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
    }

    @Test
    void search_forAGenerationThatIsThere_answersWithIt() {
        long generation = service.get("/v1/generations").json().path("docs").asLong();
        JsonNode answer = service.search(
                        "docs",
                        "{\"query\":\"seeds\",\"mode\":\"keyword\",\"min_generation\":%d}".formatted(generation))
                .json();
        assertThat(answer.path("generation").asLong()).isEqualTo(generation);
    }

    @Test
    void search_inAnUnknownOrEmptyCollection_isNotFoundOrEmpty() {
        assertThat(service.search("nothere", "{\"query\":\"x\"}").status()).isEqualTo(404);
        service.put("/v1/collections/empty", "{}");
        TestService.Answer empty = service.search("empty", "{\"query\":\"x\"}");
        assertThat(empty.status()).isEqualTo(200);
        assertThat(empty.json().path("hits").isEmpty()).isTrue();
    }

    @Test
    void search_ofPunctuationOnly_findsByVectorAndNotByKeyword() {
        assertThat(service.search("docs", "{\"query\":\"???\",\"mode\":\"keyword\"}")
                        .json()
                        .path("hits")
                        .isEmpty())
                .isTrue();
        assertThat(service.search("docs", "{\"query\":\"???\"}").status()).isEqualTo(200);
    }

    @Test
    void search_ofTwoThousandWords_isAnswered() {
        String words = "alder ".repeat(1300);
        assertThat(service.search("docs", "{\"query\":\"%s\",\"mode\":\"keyword\"}".formatted(words))
                        .status())
                .isEqualTo(200);
        var many = new StringBuilder();
        for (int i = 0; i < 1500; i++) {
            many.append('w').append(i).append(' ');
        }
        assertThat(service.search("docs", "{\"query\":\"%s\",\"mode\":\"keyword\"}".formatted(many))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void highlights_ofAQuestionOfManyWords_countTheFirstOnes() {
        var words = new StringBuilder("ripen");
        for (int i = 0; i < 256; i++) {
            words.append(" w").append(i);
        }
        String included = "\",\"mode\":\"keyword\",\"include\":[\"highlights\"]}";
        JsonNode first =
                service.search("docs", "{\"query\":\"" + words + included).json();
        assertThat(first.at("/hits/0/highlights")).hasSize(2);
        JsonNode more = service.search("docs", "{\"query\":\"" + words + " beyond" + included)
                .json();
        assertThat(more.at("/hits/0/highlights")).isEqualTo(first.at("/hits/0/highlights"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"eq\":{\"year\":1e999}}",
                "{\"in\":{\"year\":[1,-1e999]}}",
                "{\"range\":{\"year\":{\"lt\":1e999}}}"
            })
    void filter_withANumberThatIsNotFinite_isRefused(String filter) {
        TestService.Answer answer = service.search("docs", vector(",\"filter\":" + filter));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains("filter", "1.7976931348623157E308");
    }

    @Test
    void vector_exactWithMoreEqualChunksThanKept_keepsTheFirstByDocument() {
        service.put("/v1/collections/equal", "{}");
        var lines = new ArrayList<String>();
        for (int i = 999; i >= 100; i--) {
            lines.add(line("d" + i, "{}", "finch", at(10)));
        }
        lines.add(line("z", "{}", "finch", at(5)));
        service.upsert("equal", lines.toArray(String[]::new));
        assertThat(service.found("equal", vector(",\"exact\":true,\"k\":4")))
                .containsExactly("z", "d100", "d101", "d102");
        assertThat(service.found("equal", vector(",\"exact\":true,\"k\":4,\"max_per_document\":1")))
                .containsExactly("z", "d100", "d101", "d102");
        assertThat(service.found("equal", vector(",\"exact\":true,\"k\":1000"))).hasSize(901);
    }
}
