package dev.siskin.bench.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.bench.Bench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AgreementCommandTest {
    private static final Path MODELS = Path.of("../inference-service/src/test/resources/decoder");

    @TempDir
    private Path folder;

    /** By how it was written, how many of the tokens are those of a sequence alone. */
    private List<String> shares(String model) throws IOException {
        Path results = folder.resolve(model);
        int status = Bench.execute(
                "agreement",
                "--model",
                MODELS.resolve(model).toString(),
                "--prompts",
                MODELS.resolve(model).resolve("reference.json").toString(),
                "--new-tokens",
                "24",
                "--threads",
                "1",
                "--batches",
                "5",
                "--results",
                results.toString());
        assertThat(status).isZero();
        return Files.readAllLines(results).stream()
                .map(AgreementCommandTest::read)
                .map(line -> line.path("how").asText() + ": "
                        + line.path("share_of_tokens_equal").asText())
                .toList();
    }

    private static JsonNode read(String line) {
        try {
            return Json.MAPPER.readTree(line);
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    @Test
    void plainGraph_writesTheSameInABatchAndWithDrafts() throws IOException {
        assertThat(shares("llama-optimum")).containsExactly("alone again: 1.0", "batch of 5: 1.0", "drafts: 1.0");
    }

    @Test
    void dynamicInt8_writesTheSameAlone() throws IOException {
        assertThat(shares("llama-optimum-int8")).hasSize(3).contains("alone again: 1.0");
    }
}
