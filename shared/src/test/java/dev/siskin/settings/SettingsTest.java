package dev.siskin.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private static final Setting<Integer> PORT = Setting.integer("test.http.port", 80, 0, 65_535, "Port.");
    private static final Setting<Long> CACHE = Setting.bytes("test.cache.max.bytes", 1024, "Cache.");
    private static final Setting<Duration> WAIT = Setting.duration("test.wait", Duration.ofSeconds(1), "Wait.");
    private static final Setting<String> KEY = Setting.secret("test.key", "Key.");

    @TempDir
    Path folder;

    @Test
    void get_environmentOverFileOverDefault() throws Exception {
        Path file = folder.resolve("siskin.properties");
        Files.writeString(file, "test.http.port=81\ntest.cache.max.bytes=8m\n");
        Settings settings = Settings.load(Map.of("SISKIN_CONFIG", file.toString(), "SISKIN_TEST_HTTP_PORT", "82"));
        assertThat(settings.get(PORT)).isEqualTo(82);
        assertThat(settings.get(CACHE)).isEqualTo(8L << 20);
        assertThat(settings.get(WAIT)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void get_impossibleValue_namesPlaceAndRange() {
        assertThatThrownBy(() ->
                        Settings.load(Map.of("SISKIN_TEST_HTTP_PORT", "seven")).get(PORT))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("SISKIN_TEST_HTTP_PORT")
                .hasMessageContaining("from 0 to 65535")
                .hasMessageContaining("seven");
        assertThatThrownBy(
                        () -> Settings.of(Map.of("test.cache.max.bytes", "8x")).get(CACHE))
                .hasMessageContaining("8m");
        assertThatThrownBy(() -> Settings.of(Map.of("test.wait", "10")).get(WAIT))
                .hasMessageContaining("250ms");
    }

    @Test
    void get_durations_areReadInEveryUnit() {
        assertThat(Settings.of(Map.of("test.wait", "250ms")).get(WAIT)).isEqualTo(Duration.ofMillis(250));
        assertThat(Settings.of(Map.of("test.wait", "1.5s")).get(WAIT)).isEqualTo(Duration.ofMillis(1500));
        assertThat(Settings.of(Map.of("test.wait", "5m")).get(WAIT)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void get_address_isOfASchemeAndAHost() {
        Setting<URI> url = Setting.address("test.url", "http://127.0.0.1:7301", "Where it is.");
        assertThat(Settings.of(Map.of("test.url", "https://host:1")).get(url)).isEqualTo(URI.create("https://host:1"));
        for (String wrong : List.of("", "localhost:7301", "//localhost:7301", "ftp://host", "http://", "http://a b")) {
            assertThatThrownBy(() -> Settings.of(Map.of("test.url", wrong)).get(url))
                    .as(wrong)
                    .isInstanceOf(SettingException.class)
                    .hasMessageContaining("http://127.0.0.1:7301");
        }
    }

    @Test
    void write_value_isReadBackAsTheSame() {
        for (long bytes : new long[] {0, 1, 1_023, 4_096, 8L << 20, (8L << 20) + 1_024, 3L << 30}) {
            assertThat(CACHE.parser().apply(CACHE.write(bytes))).isEqualTo(bytes);
        }
        for (long millis : new long[] {0, 1, 1_500, 30_000, 90_000, 300_000, 7_200_000}) {
            Duration wait = Duration.ofMillis(millis);
            assertThat(WAIT.parser().apply(WAIT.write(wait))).isEqualTo(wait);
        }
        assertThat(CACHE.write(8L << 20)).isEqualTo("8m");
        assertThat(WAIT.write(Duration.ofMinutes(5))).isEqualTo("5m");
    }

    @Test
    void describe_secret_isMasked() {
        Settings settings = Settings.of(Map.of("test.key", "sk-very-secret"));
        assertThat(settings.describe(List.of(PORT, KEY))).isEqualTo("test.http.port=80, test.key=***");
        assertThatThrownBy(() -> Settings.load(
                        Map.of("SISKIN_CONFIG", folder.resolve("none").toString())))
                .hasMessageContaining("SISKIN_CONFIG");
    }

    @Test
    void get_secret_mayStandInAFileOfItsOwn() throws Exception {
        Path file = folder.resolve("key");
        Files.writeString(file, "sk-very-secret\n");
        assertThat(Settings.load(Map.of("SISKIN_TEST_KEY_FILE", file.toString()))
                        .get(KEY))
                .isEqualTo("sk-very-secret");
        assertThatThrownBy(() -> Settings.load(Map.of("SISKIN_TEST_KEY_FILE", file + "x"))
                        .get(KEY))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("SISKIN_TEST_KEY_FILE");
    }

    @Test
    void refuseUnknown_misspeltName_isNamedWithTheKnownOnes() throws Exception {
        Settings settings = Settings.of(Map.of("test.http.prot", "1", "other.thing", "2"));
        assertThatThrownBy(() -> settings.refuseUnknown(List.of(PORT), Set.of("test")))
                .hasMessageContaining("test.http.prot")
                .hasMessageContaining("test.http.port");
        settings.refuseUnknown(List.of(PORT), Set.of("elsewhere"));
    }
}
