package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LowMemoryStartTest {
    @TempDir
    Path data;

    @Test
    void start_withLowMemory_answersAndSaysSo() throws Exception {
        try (TestService usual = TestService.on(data)) {
            usual.put("/v1/collections/docs", "{}");
            usual.upsert("docs", line("a", "{}", "siskins eat seeds", at(0)));
            assertThat(usual.get("/readyz").json().has("limitation")).isFalse();
        }
        try (TestService service = TestService.on(data, Map.of("retrieval.low.memory.start", "true"))) {
            assertThat(service.get("/readyz").json().path("limitation").asText())
                    .contains("low-memory start");
            assertThat(service.get("/metrics").body())
                    .contains(
                            "siskin_retrieval_low_memory_start 1.0",
                            "siskin_retrieval_models_loaded 0.0",
                            "siskin_retrieval_collections 1.0",
                            "siskin_retrieval_collections_open 0.0");
            JsonNode found = service.search("docs", "{\"query\":\"seeds\",\"mode\":\"keyword\"}")
                    .json();
            assertThat(found.at("/hits/0/document_id").asText()).isEqualTo("a");
            assertThat(service.get("/metrics").body())
                    .contains("siskin_retrieval_models_loaded 0.0", "siskin_retrieval_collections_open 1.0");
        }
    }

    @Test
    void writes_afterALowMemoryStart_areKeptAndNotMerged() throws Exception {
        try (TestService service = TestService.on(data, Map.of("retrieval.low.memory.start", "true"))) {
            service.put("/v1/collections/docs", "{}");
            for (int i = 0; i < 30; i++) {
                service.upsert("docs", line("d" + i, "{}", "finch", at(i)));
            }
            JsonNode info = service.get("/v1/collections/docs").json();
            assertThat(info.path("documents").asInt()).isEqualTo(30);
            assertThat(info.path("segments").asInt()).isEqualTo(30);
        }
    }

    /** What an earlier process left, and what may be why it ran out of memory. */
    @Test
    void reembedding_thatALowMemoryStartDoesNotGoOnWith_canBeCancelled() throws Exception {
        try (TestService usual = TestService.on(data)) {
            usual.put("/v1/collections/docs", "{}");
        }
        Path left = data.resolve("retrieval/default/docs/.reembedding");
        Files.createDirectory(left);
        try (TestService service = TestService.on(data, Map.of("retrieval.low.memory.start", "true"))) {
            assertThat(service.delete("/v1/collections/docs/reembed").status()).isEqualTo(204);
            assertThat(left).doesNotExist();
            assertThat(service.delete("/v1/collections/docs/reembed").status()).isEqualTo(404);
        }
    }
}
