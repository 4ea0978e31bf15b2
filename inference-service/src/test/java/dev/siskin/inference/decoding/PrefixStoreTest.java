package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrefixStoreTest {
    private static final DecoderLimits LIMITS = new DecoderLimits(2, 64 << 20, 512, 1, 64);
    private final Random random = new Random(9);

    private int[] random(int tokens) {
        return random.ints(tokens, 0, 300).toArray();
    }

    /** A beginning and something of its own. */
    private int[] prompt(int[] beginning, int own) {
        int[] prompt = Arrays.copyOf(beginning, beginning.length + own);
        System.arraycopy(random(own), 0, prompt, beginning.length, own);
        return prompt;
    }

    private static Decoded run(Decoder decoder, int[] prompt, List<Integer> into) {
        return decoder.decode(
                new DecodeRequest(prompt, 20, Sampling.GREEDY, Duration.ofMinutes(5)), into::add, () -> false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "gemma3-genai", "qwen3-optimum", "phi3-optimum-fp16"})
    void commonBeginning_isReusedFromTheThirdPromptOn_andChangesNothing(String fixture) {
        ModelFolder folder = Fixture.of(fixture).model(Set.of());
        int[] beginning = random(70);
        try (Decoder decoder = Decoder.open(folder, LIMITS)) {
            for (int i = 0; i < 5; i++) {
                int[] prompt = prompt(beginning, 10 + i);
                List<Integer> tokens = new ArrayList<>();
                int reused = run(decoder, prompt, tokens).reusedTokens();

                assertThat(reused).isEqualTo(i < 2 ? 0 : 70);
                assertThat(tokens).isEqualTo(alone(folder, prompt));
            }
            assertThat(decoder.stats().reusedTokens()).isEqualTo(3 * 70);
            assertThat(decoder.stats().prefixBytes()).isPositive();
        }
    }

    @Test
    void whatIsTheCallersOwn_isNeverReused() {
        int[] beginning = random(70);
        try (Decoder decoder = Decoder.open(Fixture.of("llama-genai").model(Set.of()), LIMITS)) {
            for (int i = 0; i < 5; i++) {
                var request = new DecodeRequest(
                        prompt(beginning, 10 + i), 5, Sampling.GREEDY, Duration.ofMinutes(5), i < 3 ? 40 : 0);
                int reused = decoder.decode(request, token -> true, () -> false).reusedTokens();

                assertThat(reused).isEqualTo(i == 2 ? 40 : 0);
            }
        }
    }

    private static List<Integer> alone(ModelFolder folder, int[] prompt) {
        try (Decoder one = Decoder.open(folder, LIMITS)) {
            return Fixture.greedy(one, prompt, 20);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void samePromptAgain_runsItsLastTokenAlone(String fixture) {
        int[] prompt = random(50);
        try (Decoder decoder = Decoder.open(Fixture.of(fixture).model(Set.of()), LIMITS)) {
            List<List<Integer>> all = new ArrayList<>();
            int reused = 0;
            for (int i = 0; i < 3; i++) {
                List<Integer> tokens = new ArrayList<>();
                reused = run(decoder, prompt, tokens).reusedTokens();
                all.add(tokens);
            }
            assertThat(reused).isEqualTo(49);
            assertThat(all.get(1)).isEqualTo(all.get(0));
            assertThat(all.get(2)).isEqualTo(all.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "qwen3-optimum"})
    void whatIsKept_staysWithinItsShare_andMakesRoomForSequences(String fixture) {
        ModelFolder folder = Fixture.of(fixture).model(Set.of());
        long token;
        try (Decoder decoder = Decoder.open(folder, LIMITS)) {
            token = decoder.bytesPerToken();
        }
        long bytes = 900 * token;
        try (Decoder decoder = Decoder.open(folder, new DecoderLimits(1, bytes, 512, 1, 64))) {
            for (int i = 0; i < 12; i++) {
                int[] beginning = random(60);
                run(decoder, prompt(beginning, 10), new ArrayList<>());
                run(decoder, prompt(beginning, 10), new ArrayList<>());
                assertThat(decoder.stats().prefixBytes()).isBetween(1L, bytes / 4);
            }
            int most = decoder.contextTokens();
            List<Integer> tokens = Fixture.greedy(decoder, random(20), most - 20);

            assertThat(tokens).hasSize(most - 20);
            assertThat(decoder.stats().prefixBytes()).isLessThanOrEqualTo(bytes - most * token);
        }
    }
}
