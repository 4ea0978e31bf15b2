package dev.siskin.retrieval.reembed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Quantization;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReembedOrderTest {
    @TempDir
    Path folder;

    private String place() throws Exception {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("job-v1.json"))) {
            byte[] fixture = in.readAllBytes();
            Files.write(folder.resolve(ReembedOrder.FILE), fixture);
            return new String(fixture, java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    @Test
    void read_ofVersion1_isWhatWasWritten() throws Exception {
        String fixture = place();
        ReembedOrder order = ReembedOrder.read(folder);
        assertThat(order)
                .isEqualTo(new ReembedOrder(
                        1,
                        null,
                        "index-2",
                        "all-minilm-l6-v2",
                        "e1-00112233445566778899aabbccddeeff",
                        Quantization.INT4,
                        Instant.parse("2026-01-31T12:00:00.123Z")));
        order.write(folder);
        assertThat(Files.readString(folder.resolve(ReembedOrder.FILE))).isEqualTo(fixture.strip());
    }

    @Test
    void read_ofAnotherVersionOrField_isRefused() throws Exception {
        String fixture = place();
        Path file = folder.resolve(ReembedOrder.FILE);
        Files.writeString(file, fixture.replace("\"version\":1", "\"version\":2"));
        assertThatThrownBy(() -> ReembedOrder.read(folder)).hasMessageContaining("version must be 1: version=2");
        Files.writeString(file, fixture.replace("\"embedder\"", "\"embedders\""));
        assertThatThrownBy(() -> ReembedOrder.read(folder)).hasMessageContaining("embedders");
    }
}
