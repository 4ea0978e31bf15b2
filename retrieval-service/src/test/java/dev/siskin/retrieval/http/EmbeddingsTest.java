package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {
    private static final String PATH = "/v1/embeddings";

    /** Some 400 tokens: a tenth of a second of one core. */
    private static final String LONG_TEXT = "alder seeds ripen late ".repeat(60);

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

    private static JsonNode embeddings(String request) {
        TestService.Answer answer = service.post(PATH, request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static float[] decoded(JsonNode embedding) {
        var vector = new float[TestService.DIMENSIONS];
        ByteBuffer.wrap(Base64.getDecoder().decode(embedding.asText()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(vector);
        return vector;
    }

    @Test
    void answer_hasAVectorForEachTextAndCountsTokens() {
        JsonNode answer =
                embeddings("{\"model\":\"bge-small-en-v1.5\",\"input\":[\"a finch\",\"an alder\"],\"user\":\"u\"}");
        assertThat(answer.path("object").asText()).isEqualTo("list");
        assertThat(answer.path("model").asText()).isEqualTo("bge-small-en-v1.5");
        assertThat(answer.path("data")).hasSize(2);
        assertThat(answer.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(answer.at("/data/1/object").asText()).isEqualTo("embedding");
        assertThat(answer.at("/data/0/embedding")).hasSize(TestService.DIMENSIONS);
        double squares = 0;
        for (JsonNode value : answer.at("/data/0/embedding")) {
            squares += value.asDouble() * value.asDouble();
        }
        assertThat(squares).isCloseTo(1, within(1e-4));
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(9);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(9);
    }

    @Test
    void base64_holdsTheSameNumbers() {
        JsonNode numbers = embeddings("{\"input\":\"a finch\"}").at("/data/0/embedding");
        float[] packed = decoded(embeddings("{\"input\":\"a finch\",\"encoding_format\":\"base64\"}")
                .at("/data/0/embedding"));
        for (int i = 0; i < packed.length; i++) {
            assertThat(packed[i]).isEqualTo(numbers.get(i).floatValue());
        }
    }

    @Test
    void inputType_decidesThePrefix() {
        String request = "{\"input\":\"a finch\",\"input_type\":\"%s\"}";
        JsonNode passage = embeddings(request.formatted("passage"));
        JsonNode query = embeddings(request.formatted("query"));
        assertThat(passage.path("data"))
                .isEqualTo(embeddings("{\"input\":\"a finch\"}").path("data"));
        assertThat(query.path("data")).isNotEqualTo(passage.path("data"));
        assertThat(query.at("/usage/total_tokens").asInt())
                .isGreaterThan(passage.at("/usage/total_tokens").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | input           | {\"input\":[[1,2,3]]}",
                "400 | input           | {\"input\":[1,2,3]}",
                "400 | input           | {\"input\":[]}",
                "400 | input           | {\"input\":\"\"}",
                "400 | input           | {\"input\":[\"a\",null]}",
                "400 | input           | {}",
                "400 | dimensions      | {\"input\":\"a\",\"dimensions\":256}",
                "400 | encoding_format | {\"input\":\"a\",\"encoding_format\":\"int8\"}",
                "400 | input_type      | {\"input\":\"a\",\"input_type\":\"document\"}",
                "404 | model           | {\"input\":\"a\",\"model\":\"text-embedding-3-small\"}",
                "400 |                 | {\"input\":",
            })
    void wrongRequest_isRefusedInOpenAisShape(int status, String param, String request) {
        TestService.Answer answer = service.post(PATH, request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        JsonNode error = answer.json().path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("code").asText()).isEqualTo(status == 404 ? "not-found" : "malformed");
        assertThat(error.path("param").textValue()).isEqualTo(param);
    }

    @Test
    void tooLongOrTooMany_areRefusedWithTheLimit() {
        String message = "/error/message";
        assertThat(service.post(PATH, "{\"input\":\"" + LONG_TEXT.repeat(4) + "\"}")
                        .json()
                        .at(message)
                        .asText())
                .contains("input[0] has more than the 512 tokens");
        assertThat(service.post(PATH, "{\"input\":\"" + "a".repeat(32_769) + "\"}")
                        .json()
                        .at(message)
                        .asText())
                .contains("at most 32768 characters: 32769");
        assertThat(service.post(PATH, "{\"input\":[\"a\"" + ",\"a\"".repeat(512) + "]}")
                        .json()
                        .at(message)
                        .asText())
                .contains("at most 512 texts: 513");
    }

    @Test
    void refusalBeforeTheHandler_hasOpenAisShapeToo() {
        JsonNode error = service.send("POST", PATH, "text/plain", "a").json().path("error");
        assertThat(error.path("code").asText()).isEqualTo("unsupported-media-type");
    }

    @Test
    void repeatedQuestion_isEmbeddedOnce(@TempDir Path own) throws Exception {
        try (TestService other = TestService.on(own)) {
            other.put("/v1/collections/docs", "{}");
            other.upsert("docs", line("a", "{}", "A finch.", TestService.at(0)));
            JsonNode first = other.search("docs", "{\"query\":\"a bird\"}").json();
            for (int i = 0; i < 4; i++) {
                assertThat(other.search("docs", "{\"query\":\" a bird \"}")
                                .json()
                                .path("hits"))
                        .isEqualTo(first.path("hits"));
            }
            assertThat(metric(other, "siskin_retrieval_question_vectors_total{result=\"miss\"}"))
                    .isEqualTo(1);
            assertThat(metric(other, "siskin_retrieval_question_vectors_total{result=\"hit\"}"))
                    .isEqualTo(4);
            assertThat(metric(other, "siskin_retrieval_question_vectors_bytes")).isPositive();
        }
    }

    /** Its queue is filled and stays so until the search has given up on it: keywords answer within the deadline. */
    @Test
    void stalledEmbedder_leavesTimeForKeywords(@TempDir Path own) throws Exception {
        Map<String, String> oneThread = Map.of("retrieval.embedding.threads", "1", "retrieval.embedding.queue", "64");
        try (TestService other = TestService.on(own, oneThread);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            other.put("/v1/collections/docs", "{}");
            other.upsert("docs", line("a", "{}", "Siskins eat alder seeds.", TestService.at(0)));
            List<Future<Integer>> busy = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                busy.add(threads.submit(() ->
                        other.post(PATH, "{\"input\":\"" + LONG_TEXT + "\"}").status()));
            }
            while (metric(other, "siskin_retrieval_queue{queue=\"embedding\"}") < 50) {
                Thread.onSpinWait();
            }
            JsonNode answer = other.search("docs", "{\"query\":\"alder seeds\",\"deadline_ms\":1000}")
                    .json();
            assertThat(answer.at("/degraded/step").asText()).isEqualTo("keyword");
            assertThat(answer.at("/degraded/cause").asText()).isEqualTo("embedder");
            assertThat(answer.at("/hits/0/document_id").asText()).isEqualTo("a");
            for (Future<Integer> one : busy) {
                assertThat(one.get()).isIn(200, 503);
            }
        }
    }

    @Test
    void fullQueue_isRefusedWithRetryAfterInOpenAisShape(@TempDir Path own) throws Exception {
        Map<String, String> small = Map.of("retrieval.embedding.threads", "1", "retrieval.embedding.queue", "1");
        try (TestService other = TestService.on(own, small);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TestService.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                answers.add(threads.submit(() -> other.post(PATH, "{\"input\":\"" + LONG_TEXT + "\"}")));
            }
            var refused = new ArrayList<TestService.Answer>();
            for (Future<TestService.Answer> answer : answers) {
                if (answer.get().status() != 200) {
                    refused.add(answer.get());
                }
            }
            assertThat(refused).isNotEmpty().allSatisfy(answer -> {
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.response().headers().firstValue("Retry-After"))
                        .hasValue("1");
                assertThat(answer.json().at("/error/type").asText()).isEqualTo("server_error");
            });
        }
    }

    private static double metric(TestService of, String name) {
        return of.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }
}
