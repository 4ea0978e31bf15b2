package dev.siskin.retrieval;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.settings.SettingException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrievalSettingsTest {
    @TempDir
    Path data;

    @Test
    void start_unknownSetting_isRefused() {
        assertRefused("retrieval.http.prot", "retrieval.http.port");
        assertRefused("embedding.models.pth", "embedding.models.path");
    }

    private void assertRefused(String unknown, String known) {
        assertThatThrownBy(() -> TestService.on(data, Map.of(unknown, "1")))
                .isInstanceOf(SettingException.class)
                .hasMessageContainingAll("'" + unknown + "'", known);
    }
}
