package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PromptLookupTest {
    private static final int[] NONE = {};

    private static int[] draft(PromptLookup lookup, int... tokens) {
        return lookup.draft(Arrays.copyOf(tokens, tokens.length + 9), tokens.length, 9);
    }

    @Test
    void draft_isWhatStoodBehindTheLastTokens_theLastTime() {
        assertThat(draft(new PromptLookup(), 1, 2, 3, 4, 5, 6, 7, 1, 2, 3)).containsExactly(4, 5, 6, 7);
        assertThat(draft(new PromptLookup(), 1, 2, 3, 4, 1, 2, 3, 9, 8, 1, 2, 3))
                .containsExactly(9, 8, 1, 2);
    }

    @Test
    void threeTokens_countBeforeTwo() {
        assertThat(draft(new PromptLookup(), 7, 1, 2, 50, 6, 1, 2, 60, 7, 1, 2)).startsWith(50);
        assertThat(draft(new PromptLookup(), 1, 2, 50, 8, 1, 2)).containsExactly(50, 8, 1, 2);
    }

    @Test
    void longestMatch_counts_howeverFarBackItIs() {
        assertThat(draft(new PromptLookup(), 6, 7, 8, 9, 50, 1, 8, 9, 60, 2, 6, 7, 8, 9))
                .startsWith(50);
    }

    @Test
    void singleToken_isDraftedFrom_whereItCameOnce() {
        assertThat(draft(new PromptLookup(), 7, 1, 50, 6, 1)).containsExactly(50, 6, 1);
        assertThat(draft(new PromptLookup(), 7, 1, 50, 6, 1, 60, 8, 1)).isEmpty();
    }

    @Test
    void nothingThatCameBefore_isNoDraft() {
        assertThat(draft(new PromptLookup(), 1, 2, 3, 4)).isEmpty();
        assertThat(draft(new PromptLookup(), 1)).isEmpty();
        assertThat(new PromptLookup().draft(new int[] {1, 2, 3, 1, 2}, 5, 0)).isEmpty();
    }

    @Test
    void runOfOneToken_isDraftedAsFarAsItGoes() {
        assertThat(draft(new PromptLookup(), 5, 5, 5, 5)).containsExactly(5);
    }

    @Test
    void takenDrafts_growLonger_refusedOnesAreFollowedByNone() {
        var lookup = new PromptLookup();
        int[] tokens = new int[60];
        Arrays.setAll(tokens, i -> i % 20);
        lookup.checked(4, 4, 40);
        assertThat(lookup.draft(tokens, 40, 20)).hasSize(8);
        lookup.checked(8, 8, 48);
        assertThat(lookup.draft(tokens, 40, 20)).hasSize(15);
        lookup.checked(15, 1, 40);
        assertThat(lookup.draft(tokens, 40, 20)).hasSize(2);
        lookup.checked(2, 0, 40);
        assertThat(lookup.draft(tokens, 47, 20)).isEqualTo(NONE);
        assertThat(lookup.draft(tokens, 48, 20)).hasSize(4);
        lookup.checked(4, 0, 40);
        assertThat(lookup.draft(tokens, 48, 20)).isEqualTo(NONE);
        assertThat(lookup.draft(tokens, 56, 20)).hasSize(4);
    }

    /** Prompts that say the same twice: random models write in circles after some of them. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-genai", "smollm2-gqa", "qwen3-optimum", "phi3-optimum-fp16"})
    void drafts_changeNothingOfWhatIsWritten(String fixture) {
        var limits = new DecoderLimits(2, 64 << 20, 512, 1, 64);
        ModelFolder folder = Fixture.of(fixture).model(Set.of());
        var random = new Random(3);
        try (Decoder plain = Decoder.open(folder, limits, Drafting.NONE, Optional.empty());
                Decoder drafting = Decoder.open(folder, limits, Drafting.PROMPT_LOOKUP, Optional.empty())) {
            for (int i = 0; i < 12; i++) {
                int[] said = random.ints(8, 0, 40).toArray();
                int[] prompt = Arrays.copyOf(said, 2 * said.length);
                System.arraycopy(said, 0, prompt, said.length, said.length);
                var drawn = new Sampling(.3, 3, 1, 0, 1, i);
                for (Sampling sampling : List.of(Sampling.GREEDY, drawn)) {
                    assertThat(Fixture.decode(drafting, prompt, 60, sampling))
                            .as("prompt %d, %s", i, sampling)
                            .isEqualTo(Fixture.decode(plain, prompt, 60, sampling));
                }
            }
            assertThat(plain.stats().draftedTokens()).isZero();
            assertThat(drafting.stats().draftedTokens()).isPositive();
            assertThat(drafting.stats().acceptedTokens()).isPositive();
            assertThat(drafting.stats().decodeTokens()).isEqualTo(plain.stats().decodeTokens());
        }
    }

    @Test
    void sinkAndLength_endADraftToo() {
        var limits = new DecoderLimits(1, 64 << 20, 512, 1, 64);
        try (Decoder decoder = Decoder.open(Fixture.of("llama-genai").model(Set.of()), limits)) {
            for (int most = 1; most < 30; most++) {
                int[] prompt = new int[20];
                List<Integer> tokens = new ArrayList<>();
                Decoded decoded = decoder.decode(
                        new DecodeRequest(prompt, most, Sampling.GREEDY, Duration.ofMinutes(5)),
                        tokens::add,
                        () -> false);
                assertThat(decoded.ending()).isEqualTo(Ending.LENGTH);
                assertThat(tokens).hasSize(most);
            }
        }
    }
}
