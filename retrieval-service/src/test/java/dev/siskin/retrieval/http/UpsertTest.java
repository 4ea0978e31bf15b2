package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static dev.siskin.retrieval.TestService.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpsertTest {
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
    void create() {
        service.delete("/v1/collections/docs");
        service.put("/v1/collections/docs", "{}");
    }

    private static List<String> statuses(TestService.Answer answer) {
        return answer.lines().stream()
                .filter(line -> line.has("status"))
                .map(line -> line.path("status").asText())
                .toList();
    }

    @Test
    void upsert_ofTheSameHash_isUnchangedAndKeepsTheGeneration() {
        String line = line("a", "h1", "{}", Map.of("one", at(0)));
        JsonNode first = service.upsert("docs", line).lines().getLast();
        TestService.Answer again = service.upsert("docs", line);
        assertThat(statuses(again)).containsExactly("unchanged");
        assertThat(again.lines().getLast().path("generation")).isEqualTo(first.path("generation"));
    }

    @Test
    void upsert_ofVectorsOfAnotherEmbedder_isAConflict() {
        String path = "/v1/collections/docs/documents?embedder=";
        String line = line("a", "h1", "{}", Map.of("one", at(0))) + "\n";
        String own = service.get("/v1/collections/docs").json().path("embedder").asText();

        TestService.Answer refused = service.send("POST", path + "e1-other", "application/x-ndjson", line);
        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        assertThat(refused.json().path("detail").asText()).contains(own, "e1-other");
        assertThat(service.get("/v1/collections/docs/documents/a").status()).isEqualTo(404);

        assertThat(statuses(service.send("POST", path + own, "application/x-ndjson", line)))
                .containsExactly("created");
    }

    @Test
    void upsert_ofAnotherHash_replacesTheDocumentWhole() {
        service.upsert("docs", line("a", "h1", "{}", Map.of("old finch", at(0), "older finch", at(5))));
        TestService.Answer second = service.upsert("docs", line("a", "h2", "{}", Map.of("new siskin", at(0))));
        assertThat(statuses(second)).containsExactly("replaced");
        assertThat(service.found("docs", "{\"query\":\"finch\",\"mode\":\"keyword\"}"))
                .isEmpty();
        assertThat(service.get("/v1/collections/docs").json().path("chunks").asInt())
                .isEqualTo(1);
    }

    @Test
    void upsert_ofOneIdTwiceInARequest_keepsTheLast() {
        TestService.Answer answer = service.upsert(
                "docs",
                line("a", "h1", "{}", Map.of("finch", at(0))),
                line("a", "h2", "{}", Map.of("siskin", at(0))),
                line("a", "h2", "{}", Map.of("siskin", at(0))));
        assertThat(statuses(answer)).containsExactly("created", "replaced", "unchanged");
        assertThat(service.get("/v1/collections/docs/documents/a")
                        .json()
                        .at("/chunks/0/text")
                        .asText())
                .isEqualTo("siskin");
    }

    @Test
    void upsert_withBadLines_failsThemAlone() {
        TestService.Answer answer = service.upsert(
                "docs",
                line("a", "{}", "one", at(0)),
                "{\"id\":\"half",
                "{\"id\":\"unknown\",\"colour\":1,\"chunks\":[]}",
                "",
                "null",
                "{\"chunks\":[]}",
                "{\"id\":\"\",\"chunks\":[]}",
                "{\"id\":\"none\"}",
                line("b", "{}", "two", at(10)));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(statuses(answer))
                .containsExactly("created", "failed", "failed", "failed", "failed", "failed", "failed", "created");
        assertThat(answer.lines().get(2).path("id").asText()).isEqualTo("unknown");
        assertThat(answer.lines().get(2).path("error").asText()).contains("colour");
        assertThat(answer.lines().getLast().path("failed").asInt()).isEqualTo(6);
        assertThat(service.get("/v1/collections/docs").json().path("documents").asInt())
                .isEqualTo(2);
    }

    @Test
    void upsert_ofALineAboveTheCap_failsItAlone() {
        String longText = "x".repeat(9 * 1024 * 1024);
        TestService.Answer answer =
                service.upsert("docs", line("a", "{}", longText, at(0)), line("b", "{}", "two", at(0)));
        assertThat(statuses(answer)).containsExactly("failed", "created");
        assertThat(answer.lines().getFirst().path("error").asText()).contains("8388608 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1,2,3] | must have 384 dimensions",
                "[] | must have 384 dimensions",
                "\"AAA\" | ",
                "\"***\" | base64"
            })
    void upsert_ofAnImpossibleVector_failsTheLine(String vector, String error) {
        TestService.Answer answer = service.upsert(
                "docs",
                "{\"id\":\"a\",\"chunks\":[{\"text\":\"x\",\"start\":0,\"end\":1,\"vector\":%s}]}".formatted(vector));
        assertThat(statuses(answer)).containsExactly("failed");
        assertThat(answer.lines().getFirst().path("error").asText()).contains(error == null ? "float32" : error);
    }

    @Test
    void upsert_ofAZeroVectorOrNotANumber_failsTheLine() {
        float[] notANumber = at(0);
        notANumber[7] = Float.NaN;
        TestService.Answer answer = service.upsert(
                "docs", line("zero", "{}", "x", new float[TestService.DIMENSIONS]), line("nan", "{}", "x", notANumber));
        assertThat(statuses(answer)).containsExactly("failed", "failed");
        assertThat(answer.lines().get(0).path("error").asText()).contains("zero");
        assertThat(answer.lines().get(1).path("error").asText()).contains("not finite");
    }

    @Test
    void upsert_ofALongVector_isBroughtToUnitLength() {
        float[] longer = at(60);
        longer[0] *= 20;
        longer[1] *= 20;
        service.upsert("docs", line("a", "{}", "x", longer));
        JsonNode hit = service.search("docs", "{\"mode\":\"vector\",\"vector\":\"%s\"}".formatted(base64(at(0))))
                .json()
                .at("/hits/0");
        assertThat(hit.at("/scores/cosine").asDouble()).isCloseTo(0.5, org.assertj.core.data.Offset.offset(1e-5));
    }

    @Test
    void upsert_withoutVectors_embedsHere() {
        String text = "The siskin eats alder seeds.";
        service.upsert(
                "docs",
                "{\"id\":\"a\",\"chunks\":[{\"text\":\"%s\",\"start\":0,\"end\":%d}]}".formatted(text, text.length()),
                line("far", "{}", "unrelated", at(0)));
        assertThat(service.found("docs", "{\"query\":\"what do finches feed on?\",\"mode\":\"vector\",\"k\":1}"))
                .containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b/c.md",
                "/lead",
                "a//b",
                "sp ace",
                "100%",
                "a?b#c",
                "ü/東京/\uD83D\uDC26",
                "a\\b",
                "a;b",
                "+",
                "\"q\""
            })
    void document_underAnOddId_isFoundByIt(String id) {
        assertThat(statuses(service.upsert("docs", line(id, "h", "{}", Map.of("x", at(0))))))
                .containsExactly("created");
        String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
        TestService.Answer shown = service.get("/v1/collections/docs/documents/" + encoded);
        assertThat(shown.status()).as(shown.body()).isEqualTo(200);
        assertThat(shown.json().path("id").asText()).isEqualTo(id);
        TestService.Answer status =
                service.post("/v1/collections/docs/documents/status", "{\"ids\":[%s]}".formatted(quoted(id)));
        assertThat(status.json().path("content_hashes").path(id).asText()).isEqualTo("h");
        assertThat(service.delete("/v1/collections/docs/documents/" + encoded).status())
                .isEqualTo(200);
    }

    @Test
    void upsert_ofAnIdTooLongOrHalfACharacter_failsTheLine() {
        TestService.Answer answer = service.upsert(
                "docs",
                "{\"id\":\"%s\",\"chunks\":[]}".formatted("é".repeat(513)),
                "{\"id\":\"\\ud800\",\"chunks\":[]}",
                "{\"id\":\"%s\",\"chunks\":[]}".formatted("é".repeat(512)));
        assertThat(statuses(answer)).containsExactly("failed", "failed", "created");
        assertThat(answer.lines().getFirst().path("error").asText()).contains("1024", "1026");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"m\":null} | 'm' must be a string",
                "{\"m\":{\"a\":1}} | 'm' must be a string",
                "{\"m\":[1]} | 'm' must be a string",
                "{\"year\":\"soon\"} | holds a number"
            })
    void upsert_ofImpossibleMetadata_failsTheLine(String metadata, String error) {
        service.upsert("docs", line("first", "{\"year\":2024}", "x", at(0)));
        TestService.Answer answer = service.upsert("docs", line("a", metadata, "x", at(0)));
        assertThat(statuses(answer)).containsExactly("failed");
        assertThat(answer.lines().getFirst().path("error").asText()).contains(error);
    }

    @Test
    void upsert_whereTextIsNotItsSlice_failsTheLine() {
        TestService.Answer answer =
                service.upsert("docs", "{\"id\":\"a\",\"chunks\":[{\"text\":\"abc\",\"start\":5,\"end\":9}]}");
        assertThat(answer.lines().getFirst().path("error").asText()).contains("3", "start=5", "end=9");
    }

    @Test
    void upsert_intoAnUnknownCollection_isNotFound() {
        assertThat(service.upsert("nothere", line("a", "{}", "x", at(0))).status())
                .isEqualTo(404);
    }

    @Test
    void upsert_ofAnotherContentType_isRefused() {
        assertThat(service.post("/v1/collections/docs/documents", "{}").status())
                .isEqualTo(415);
    }

    @Test
    void upsert_whoseAnswerWouldBeTooLong_isRefused() {
        String line = "{\"id\":\"" + "x".repeat(1000) + "\",\"chunks\":5}";
        String[] lines = java.util.Collections.nCopies(BulkUpsert.MAX_ANSWER_BYTES / 1000, line)
                .toArray(String[]::new);
        TestService.Answer answer = service.upsert("docs", lines);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.detail()).contains("send them in several");
    }

    @Test
    void upsert_aboveTheRequestCap_isTooLarge() {
        TestService.Answer answer = service.upsert("docs", "x".repeat(65 * 1024 * 1024));
        assertThat(answer.status()).isEqualTo(413);
    }

    @Test
    void upsert_ofADocumentWithoutChunks_isStored() {
        service.upsert("docs", "{\"id\":\"empty\",\"title\":\"T\",\"chunks\":[]}");
        assertThat(service.get("/v1/collections/docs/documents/empty")
                        .json()
                        .path("title")
                        .asText())
                .isEqualTo("T");
    }

    @Test
    void upsert_ofMoreChunksThanALineMayHave_failsTheLine() {
        String chunk = "{\"text\":\"a\",\"start\":0,\"end\":1}";
        String chunks = String.join(",", Collections.nCopies(4097, chunk));
        TestService.Answer answer = service.upsert("docs", "{\"id\":\"a\",\"chunks\":[%s]}".formatted(chunks));
        assertThat(answer.lines().getFirst().path("error").asText()).contains("chunks", "4096", "4097");
    }

    @Test
    void upsert_ofAChunkThatIsTooLong_failsTheLine() {
        String longest = "a".repeat(32_768);
        TestService.Answer answer = service.upsert(
                "docs", line("longest", "{}", longest, at(0)), line("longer", "{}", longest + "a", at(0)));
        assertThat(statuses(answer)).containsExactly("created", "failed");
        assertThat(answer.lines().get(1).path("error").asText()).contains("chunk 0: text", "32768", "32769");
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "heading"})
    void upsert_ofAChunkWithTooMuchAround_failsTheLine(String field) {
        TestService.Answer answer = service.upsert(
                "docs",
                "{\"id\":\"a\",\"chunks\":[{\"text\":\"abc\",\"start\":0,\"end\":3,\"%s\":\"%s\"}]}"
                        .formatted(field, "a".repeat(8193)));
        assertThat(answer.lines().getFirst().path("error").asText()).contains("chunk 0: " + field, "8192", "8193");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999", "-1e999"})
    void upsert_ofANumberThatIsNotFinite_failsThatLineAlone(String number) {
        TestService.Answer answer = service.upsert(
                "docs", line("a", "{\"n\":" + number + "}", "one", at(0)), line("b", "{\"n\":1e300}", "two", at(0)));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(statuses(answer)).containsExactly("failed", "created");
        assertThat(answer.lines().getFirst().path("error").asText()).contains("'n'", "1.7976931348623157E308");
    }
}
