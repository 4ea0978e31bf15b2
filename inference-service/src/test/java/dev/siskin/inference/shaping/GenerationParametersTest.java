package dev.siskin.inference.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class GenerationParametersTest {
    private static String key(double temperature, OptionalLong seed, String... stop) {
        return new GenerationParameters(256, temperature, seed, List.of(stop)).cacheKey();
    }

    @Test
    void cacheKey_tellsApartWhatIsAnsweredOtherwise_andNothingElse() {
        assertThat(List.of(
                        key(0, OptionalLong.empty()),
                        key(0.5, OptionalLong.empty()),
                        key(0.5, OptionalLong.of(1)),
                        key(0.5, OptionalLong.of(2)),
                        key(0, OptionalLong.empty(), "a"),
                        key(0, OptionalLong.empty(), "a", "b"),
                        key(0, OptionalLong.empty(), "a/1:b")))
                .doesNotHaveDuplicates();
        assertThat(key(0, OptionalLong.of(1))).isEqualTo(key(0, OptionalLong.empty()));
    }
}
