package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartTest {
    @TempDir
    Path data;

    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.on(data);
    }

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void delete_thenCreateAgain_countsGenerationsOn() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{}", "one", at(0)));
        assertThat(service.get("/v1/generations").body()).isEqualTo("{\"docs\":2}");
        assertThat(service.delete("/v1/collections/docs").status()).isEqualTo(204);
        assertThat(service.delete("/v1/collections/docs").status()).isEqualTo(404);
        assertThat(service.get("/v1/generations").body()).isEqualTo("{}");
        service.close();
        service = TestService.on(data);
        service.put("/v1/collections/docs", "{}");
        JsonNode info = service.get("/v1/collections/docs").json();
        assertThat(info.path("generation").asLong()).isEqualTo(3);
        assertThat(info.path("documents").asLong()).isZero();
    }

    @Test
    void restart_withDocuments_findsThemUnderTheSameGeneration() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{\"year\":2024}", "siskins eat seeds", at(0)));
        service.close();
        service = TestService.on(data);
        assertThat(service.get("/v1/generations").body()).isEqualTo("{\"docs\":2}");
        assertThat(service.found("docs", "{\"query\":\"seeds\",\"mode\":\"keyword\"}"))
                .containsExactly("a");
        TestService.Answer otherType = service.upsert("docs", line("b", "{\"year\":\"new\"}", "x", at(0)));
        assertThat(otherType.lines().getFirst().path("error").asText()).contains("year", "number");
    }

    @Test
    void restart_withoutAModel_searchesByVectors() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{}", "siskins eat seeds", at(0)));
        service.close();
        service = TestService.on(data, Map.of("embedding.model", ""));
        String search = "{\"vector\":\"%s\",\"mode\":\"vector\"}".formatted(TestService.base64(at(0)));
        assertThat(service.found("docs", search)).containsExactly("a");
    }

    @Test
    void start_afterADeathHalfWay_removesWhatIsUnfinished() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.close();
        Path tenant = data.resolve("retrieval/default");
        Files.createDirectories(tenant.resolve(".creating-x-1/index"));
        Files.writeString(tenant.resolve(".creating-x-1/manifest.json"), "{");
        Files.createDirectories(tenant.resolve(".deleting-y-1"));
        Files.writeString(tenant.resolve("docs/.manifest.json.tmp"), "half");
        Files.writeString(tenant.resolve("docs/index/write.lock"), "");
        service = TestService.on(data);
        try (Stream<Path> left = Files.list(tenant)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactly("docs");
        }
        assertThat(service.upsert("docs", line("a", "{}", "one", at(0))).status())
                .isEqualTo(200);
    }

    @Test
    void start_withDamagedGenerationsOfDeletedCollections_countsOnFromAGreaterOne() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.put("/v1/collections/other", "{}");
        service.delete("/v1/collections/docs");
        for (int start = 0; start < 2; start++) {
            service.close();
            if (start == 0) {
                Files.writeString(data.resolve("retrieval/default/.generations.json"), "{\"version\":");
            }
            service = TestService.on(data);
            assertThat(service.get("/v1/generations").body()).isEqualTo("{\"other\":1}");
        }
        service.put("/v1/collections/docs", "{}");
        assertThat(service.get("/v1/collections/docs").json().path("generation").asLong())
                .isGreaterThan(1L << 40);
    }

    @Test
    void start_withACollectionThatCannotBeRead_servesTheOthers() throws Exception {
        service.put("/v1/collections/good", "{}");
        service.put("/v1/collections/bad", "{}");
        service.close();
        Files.writeString(data.resolve("retrieval/default/bad/manifest.json"), "{\"version\":99}");
        service = TestService.on(data);
        assertThat(service.get("/v1/generations").body()).isEqualTo("{\"good\":1}");
        assertThat(service.put("/v1/collections/bad", "{}").status()).isEqualTo(503);
        assertThat(Files.readString(data.resolve("retrieval/default/bad/manifest.json")))
                .contains("99");
    }

    @Test
    void restart_withAnotherEmbeddingModel_searchesByKeywordsAndSaysSo() throws Exception {
        service.put("/v1/collections/docs", "{}");
        service.upsert("docs", line("a", "{}", "siskins eat seeds", at(0)));
        service.close();
        Path manifest = data.resolve("retrieval/default/docs/manifest.json");
        String text = Files.readString(manifest);
        String changed = text.replaceFirst("\"max_tokens\" : \\d+", "\"max_tokens\" : 99");
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(manifest, changed);

        service = TestService.on(data);
        JsonNode answer =
                service.search("docs", "{\"query\":\"what do siskins eat?\"}").json();
        assertThat(answer.at("/degraded/step").asText()).isEqualTo("keyword");
        assertThat(answer.at("/degraded/cause").asText()).isEqualTo("embedder");
        assertThat(answer.at("/hits/0/document_id").asText()).isEqualTo("a");
        assertThat(answer.at("/hits/0/scores/cosine").isNull()).isTrue();

        JsonNode own = service.search("docs", "{\"mode\":\"vector\",\"vector\":\"%s\"}".formatted(base64(at(0))))
                .json();
        assertThat(own.path("degraded").isNull()).isTrue();
        TestService.Answer withoutVector =
                service.upsert("docs", "{\"id\":\"b\",\"chunks\":[{\"text\":\"x\",\"start\":0,\"end\":1}]}");
        assertThat(withoutVector.lines().getFirst().path("error").asText()).contains("send vectors");
    }
}
