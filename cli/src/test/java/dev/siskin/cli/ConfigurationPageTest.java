package dev.siskin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.cli.model.HubClient;
import dev.siskin.cli.process.Service;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.IndexerSettings;
import dev.siskin.inference.InferenceSettings;
import dev.siskin.retrieval.RetrievalSettings;
import dev.siskin.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/configuration.md} has a table a process, and each names the settings that the code has. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    static Stream<Arguments> tables() {
        return Stream.of(
                Arguments.of("retrieval-service", RetrievalSettings.all()),
                Arguments.of("inference-service", InferenceSettings.all()),
                Arguments.of("indexer", IndexerSettings.ALL),
                Arguments.of("Commands", List.of(ServiceClient.KEY, HubClient.BASE, HubClient.TOKEN)));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void table_ofAProcess_hasALineForEachOfItsSettings(String section, List<Setting<?>> settings) throws IOException {
        List<String> lines = lines(settings);

        assertThat(table(section))
                .as("the table under '## %s' of docs/configuration.md must be:%n%s", section, String.join("\n", lines))
                .isEqualTo(lines);
    }

    @Test
    void services_asTheCommandsKnowThem_haveTheSettingsOfTheServices() {
        assertThat(lines(Service.RETRIEVAL.http().all())).isEqualTo(lines(RetrievalSettings.HTTP.all()));
        assertThat(lines(Service.INFERENCE.http().all())).isEqualTo(lines(InferenceSettings.HTTP.all()));
    }

    private static List<String> lines(List<Setting<?>> settings) {
        return settings.stream().map(ConfigurationPageTest::line).toList();
    }

    private static <T> String line(Setting<T> setting) {
        String value = setting.write(setting.defaultValue());
        String shown = value.isEmpty() ? "" : "`" + value + "`";
        return "| `%s` | `%s` | %s | %s |".formatted(setting.name(), setting.env(), shown, setting.meaning());
    }

    /** The lines of settings between a heading and the next. */
    private static List<String> table(String section) throws IOException {
        return Files.readString(PAGE)
                .lines()
                .dropWhile(line -> !line.equals("## " + section))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("| `"))
                .toList();
    }
}
