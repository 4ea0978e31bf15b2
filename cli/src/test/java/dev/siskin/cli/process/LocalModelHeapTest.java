package dev.siskin.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalModelHeapTest {
    private static final String SMALL = "SISKIN_INFERENCE_SMALL_LOCAL_MODEL";

    @TempDir
    private Path folder;

    private List<String> options(Map<String, String> told) throws IOException {
        Path options = Files.writeString(folder.resolve("jvm.options"), "# of a service\n-Xms16m\n-Xmx40m\n");
        return LocalModelHeap.options(
                options,
                new GeneratorLibrary(folder.resolve("shipped"), folder.resolve("added")),
                Settings.of(Map.of("inference.large.local.model", "little")),
                told);
    }

    private void model(String name, int tokenizerBytes) throws IOException {
        Path model = Files.createDirectories(folder.resolve("added").resolve(name));
        Files.write(model.resolve("tokenizer.json"), new byte[tokenizerBytes]);
    }

    @Test
    void largestTokenizer_addsFourTimesItsSize() throws IOException {
        model("little", 1 << 20);
        model("large", 10 << 20);

        assertThat(options(Map.of())).isEmpty();
        assertThat(options(Map.of(SMALL, "large"))).containsExactly("-Xmx80m");
        assertThat(options(Map.of(SMALL, folder.resolve("added/large").toString())))
                .containsExactly("-Xmx80m");
        assertThat(options(Map.of(SMALL, "nosuch"))).isEmpty();
    }
}
