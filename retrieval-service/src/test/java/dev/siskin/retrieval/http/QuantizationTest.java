package dev.siskin.retrieval.http;

import static dev.siskin.retrieval.TestService.base64;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.retrieval.TestService;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every level on 3,000 vectors around 60 centres, enough for a graph. */
class QuantizationTest {
    private static final int VECTORS = 3_000;
    private static final int CENTRES = 60;
    private static final int QUESTIONS = 20;
    private static final long SEED = 20261124;

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

    private static void fill(String level) {
        service.put("/v1/collections/" + level, "{\"quantization\":\"%s\"}".formatted(level));
        var random = new Random(SEED);
        float[][] centres = new float[CENTRES][];
        for (int i = 0; i < CENTRES; i++) {
            centres[i] = around(new float[TestService.DIMENSIONS], 1, random);
        }
        var lines = new String[VECTORS];
        for (int i = 0; i < VECTORS; i++) {
            lines[i] = line("v" + i, "{}", "text " + i, around(centres[i % CENTRES], .7, random));
        }
        service.upsert(level, lines);
    }

    private static float[] around(float[] centre, double spread, Random random) {
        float[] vector = centre.clone();
        for (int i = 0; i < vector.length; i++) {
            vector[i] += (float) (spread * random.nextGaussian());
        }
        return vector;
    }

    private static JsonNode search(String level, float[] vector, String more) {
        return service.search(level, "{\"mode\":\"vector\",\"vector\":\"%s\"%s}".formatted(base64(vector), more))
                .json();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "int8", "int4", "int2", "int1"})
    void search_byItsDefaults_findsWhatAnExactOneFinds(String level) {
        fill(level);
        var random = new Random(SEED + 1);
        int found = 0;
        int wanted = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            float[] question = around(new float[TestService.DIMENSIONS], 1, random);
            JsonNode exact = search(level, question, ",\"exact\":true").path("hits");
            var hits = new HashSet<>(search(level, question, "").path("hits").findValuesAsText("document_id"));
            for (JsonNode hit : exact) {
                wanted++;
                found += hits.contains(hit.path("document_id").asText()) ? 1 : 0;
            }
        }
        assertThat(wanted).isEqualTo(QUESTIONS * 10);
        assertThat((double) found / wanted).as("recall@10 of %s", level).isGreaterThan(.9);
    }

    @ParameterizedTest
    @CsvSource({"none,FLOAT32", "int2,DIBIT_QUERY_NIBBLE", "int1,SINGLE_BIT_QUERY_NIBBLE"})
    void create_atALevel_namesItsEncodingInTheManifest(String level, String encoding) throws Exception {
        service.put("/v1/collections/named-" + level, "{\"quantization\":\"%s\"}".formatted(level));
        Path manifest = data.resolve("retrieval/default/named-" + level + "/manifest.json");
        assertThat(manifest).content().contains("\"encoding\" : \"" + encoding + "\"", "\"lucene_version\" : \"10.");
    }
}
