package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our models against what transformers makes of the same weights. */
final class ReferenceTest {
    private static final int CHUNK = 5;
    private static final DecoderLimits LIMITS = new DecoderLimits(8, 64 << 20, 512, 1, CHUNK);

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    /** Dynamic quantization takes its scale over a run, so that a prompt in chunks is another computation. */
    static Stream<Fixture> independentOfChunks() {
        return fixtures().filter(fixture -> !fixture.precision().equals("int8"));
    }

    @Test
    void fixtures_areThere() {
        assertThat(fixtures()).hasSizeGreaterThan(5);
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void logits_areTheReferences(Fixture fixture) throws IOException {
        try (LoadedModel model =
                LoadedModel.open(fixture.model(), new DecoderLimits(1, 64 << 20, 512, 1, 256), Optional.empty())) {
            float[] logits = new float[model.runner().graph().vocabulary()];
            int[] prompts = fixture.promptsOfLogits();
            assertThat(prompts).isNotEmpty();
            for (int row = 0; row < prompts.length; row++) {
                model.cache().enter(MemorySegment.NULL, 0, 0);
                model.cache().prefill(fixture.prompt(prompts[row])).last(0, logits);
                model.cache().abandon();

                assertThat(logits)
                        .as("prompt %d", prompts[row])
                        .containsExactly(fixture.logits(row), within(fixture.tolerance()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("independentOfChunks")
    void greedy_writesTheReferences_inChunks(Fixture fixture) {
        try (Decoder decoder = Decoder.open(fixture.model(), LIMITS)) {
            for (int i = 0; i < fixture.prompts(); i++) {
                assertThat(Fixture.greedy(decoder, fixture.prompt(i), fixture.longest(i)))
                        .as("prompt %d", i)
                        .isEqualTo(fixture.greedy(i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("independentOfChunks")
    void greedy_writesTheReferences_inABatch(Fixture fixture) throws Exception {
        int[] all = IntStream.range(0, fixture.prompts()).toArray();
        try (Decoder decoder = Decoder.open(fixture.model(), LIMITS);
                ExecutorService callers = Executors.newFixedThreadPool(all.length)) {
            List<Future<List<Integer>>> written = Arrays.stream(all)
                    .mapToObj(i -> callers.submit(() -> Fixture.greedy(decoder, fixture.prompt(i), fixture.longest(i))))
                    .toList();
            for (int i : all) {
                assertThat(written.get(i).get()).as("prompt %d", i).isEqualTo(fixture.greedy(i));
            }
        }
    }
}
