package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFingerprintTest {
    private static final JsonMapper JSON = new JsonMapper();

    /** The stored files are also the golden vectors: written once, on a processor with AVX-512 VNNI. */
    @ParameterizedTest
    @ValueSource(strings = {TestModels.BGE, TestModels.MINILM})
    void fingerprint_isThatOfTheStoredVersion1(String name) throws IOException {
        ModelFingerprint stored = stored(name);

        ModelFingerprint now = computed(name);

        assertThat(now.id()).isEqualTo(stored.id());
        assertThat(now.compare(stored)).isEqualTo(FingerprintMatch.SAME_FILES);
        assertThat(now.probes()).hasSameSizeAs(stored.probes()).hasSize(4);
        for (int i = 0; i < now.probes().size(); i++) {
            float[] vector = now.probes().get(i).floats();
            float[] golden = stored.probes().get(i).floats();
            assertThat(TestModels.cosine(vector, golden)).isGreaterThan(ModelFingerprint.LEAST_PROBE_COSINE);
            for (int dimension = 0; dimension < 8; dimension++) {
                assertThat(vector[dimension]).isCloseTo(golden[dimension], within(0.02f));
            }
        }
    }

    @Test
    void json_comesBackEqual() throws IOException {
        ModelFingerprint fingerprint = stored(TestModels.BGE);

        String json = JSON.writeValueAsString(fingerprint);

        assertThat(json).contains("\"model_sha256\":", "\"pooling\":\"cls\"", "\"max_tokens\":512");
        assertThat(JSON.readValue(json, ModelFingerprint.class)).isEqualTo(fingerprint);
    }

    @Test
    void otherModel_isDifferent() throws IOException {
        ModelFingerprint bge = stored(TestModels.BGE);
        ModelFingerprint minilm = stored(TestModels.MINILM);

        assertThat(bge.compare(minilm)).isEqualTo(FingerprintMatch.DIFFERENT);
        // The same settings: now only the probes tell.
        ModelFingerprint disguised = with(bge, "0".repeat(64), bge.maxTokens(), minilm.probes());
        assertThat(bge.compare(disguised)).isEqualTo(FingerprintMatch.DIFFERENT);
        assertThat(bge.id()).isNotEqualTo(minilm.id()).isNotEqualTo(disguised.id());
    }

    @Test
    void otherFiles_areTheSameOnlyIfTheProbesAgree() throws IOException {
        ModelFingerprint bge = stored(TestModels.BGE);
        String otherFile = "1".repeat(64);

        ModelFingerprint agreeing = with(bge, otherFile, bge.maxTokens(), bge.probes());
        ModelFingerprint silent = with(bge, otherFile, bge.maxTokens(), List.of());

        assertThat(bge.compare(agreeing)).isEqualTo(FingerprintMatch.SAME_VECTORS);
        assertThat(bge.compare(agreeing).same()).isTrue();
        assertThat(bge.compare(silent)).isEqualTo(FingerprintMatch.UNKNOWN);
        assertThat(silent.compare(bge)).isEqualTo(FingerprintMatch.UNKNOWN);
    }

    @Test
    void sameFilesUsedAnotherWay_areDifferent() throws IOException {
        ModelFingerprint bge = stored(TestModels.BGE);

        ModelFingerprint shorter = with(bge, bge.modelSha256(), 256, bge.probes());

        assertThat(bge.compare(shorter)).isEqualTo(FingerprintMatch.DIFFERENT);
        assertThat(bge.id()).isNotEqualTo(shorter.id());
    }

    @Test
    void otherVersion_isRefused() throws IOException {
        String json = JSON.writeValueAsString(stored(TestModels.BGE)).replace("\"version\":1", "\"version\":2");

        assertThatThrownBy(() -> JSON.readValue(json, ModelFingerprint.class))
                .hasMessageContaining("fingerprint version must be 1: version=2");
    }

    private static ModelFingerprint with(
            ModelFingerprint from, String modelSha256, int maxTokens, List<ModelFingerprint.Probe> probes) {
        return new ModelFingerprint(
                from.version(),
                from.name(),
                modelSha256,
                from.tokenizerSha256(),
                from.pooling(),
                from.queryPrefix(),
                from.passagePrefix(),
                from.dimensions(),
                maxTokens,
                from.normalise(),
                probes);
    }

    private static ModelFingerprint computed(String name) {
        try (Embedder embedder = Embedder.open(TestModels.directory(name), new EmbedderSettings(1, 1))) {
            return embedder.fingerprint();
        }
    }

    private static ModelFingerprint stored(String name) throws IOException {
        String file = "fingerprint-v1-" + name + ".json";
        try (InputStream in = ModelFingerprintTest.class.getResourceAsStream(file)) {
            return JSON.readValue(Objects.requireNonNull(in, file), ModelFingerprint.class);
        }
    }
}
