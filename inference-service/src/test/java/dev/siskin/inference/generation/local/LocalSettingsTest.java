package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LocalSettingsTest {
    private static LocalSettings read(Map<String, String> more) {
        var values = new HashMap<>(Map.of("inference.small.local.model", "own"));
        values.putAll(more);
        return LocalSettings.declare("small").read(Settings.of(values), 2).orElseThrow();
    }

    @Test
    void apart_allowsOneAnswerAtATime_whateverTheBatch() {
        assertThat(read(Map.of("inference.small.local.max.batch.size", "4")).sequences())
                .isEqualTo(4);
        LocalSettings apart =
                read(Map.of("inference.small.local.max.batch.size", "4", "inference.small.local.apart", "true"));
        assertThat(apart.sequences()).isEqualTo(1);
        assertThat(apart.apart()).isTrue();
    }

    @Test
    void drafts_canBeSwitchedOff() {
        assertThat(read(Map.of()).drafts()).isTrue();
        assertThat(read(Map.of("inference.small.local.drafts", "false")).drafts())
                .isFalse();
    }
}
