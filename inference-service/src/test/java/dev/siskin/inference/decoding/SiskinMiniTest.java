package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The project's own model: its three graphs against what transformers makes of the same weights in fp32. */
final class SiskinMiniTest {
    private static final Path FOLDER = Path.of("models/siskin-mini");
    private static final DecoderLimits LIMITS =
            new DecoderLimits(8, 64 << 20, 2_048, 2, DecoderLimits.DEFAULT_PREFILL_CHUNK);

    private final Fixture references = Fixture.read(Fixture.folder("/siskin-mini"));

    @Test
    void logits_ofThePlainGraph_areTheReferences() throws IOException {
        try (LoadedModel model = LoadedModel.open(ModelFolder.open(FOLDER, "model.onnx"), LIMITS, Optional.empty())) {
            float[] logits = new float[model.runner().graph().vocabulary()];
            int[] prompts = references.promptsOfLogits();
            assertThat(prompts).hasSizeGreaterThan(5);
            for (int row = 0; row < prompts.length; row++) {
                int[] prompt = references.prompt(prompts[row]);
                model.cache().enter(MemorySegment.NULL, 0, 0);
                for (int from = 0; from < prompt.length; from += model.prefillChunk()) {
                    int to = Math.min(prompt.length, from + model.prefillChunk());
                    model.cache().prefill(Arrays.copyOfRange(prompt, from, to)).last(0, logits);
                }
                model.cache().abandon();

                assertThat(logits).as("prompt %d", prompts[row]).containsExactly(references.logits(row), within(1e-3f));
            }
        }
    }

    @Test
    void greedy_ofThePlainGraph_writesTheReferences_withAndWithoutDrafts() {
        for (Drafting drafting : Drafting.values()) {
            try (Decoder decoder =
                    Decoder.open(ModelFolder.open(FOLDER, "model.onnx"), LIMITS, drafting, Optional.empty())) {
                for (int i = 0; i < references.prompts(); i++) {
                    assertThat(written(decoder, i))
                            .as("prompt %d, %s", i, drafting)
                            .isEqualTo(expected(i));
                }
                assertThat(references.prompts()).isEqualTo(50);
                assertThat(decoder.stats().acceptedTokens() > 0).isEqualTo(drafting == Drafting.PROMPT_LOOKUP);
            }
        }
    }

    /** Their activations are rounded to eight bits, so that one in some answers may go another way. */
    @ParameterizedTest
    @CsvSource({"model_int8.onnx, 0.8", "model_q4.onnx, 0.3"})
    void greedy_ofAQuantizedGraph_mostlyWritesTheReferences(String graph, double share) {
        try (Decoder decoder = Decoder.open(ModelFolder.open(FOLDER, graph), LIMITS)) {
            long equal = IntStream.range(0, references.prompts())
                    .filter(i -> written(decoder, i).equals(expected(i)))
                    .count();
            assertThat((double) equal / references.prompts()).isGreaterThanOrEqualTo(share);
        }
    }

    private List<Integer> expected(int prompt) {
        return references.greedy(prompt, ModelFolder.open(FOLDER).endTokens());
    }

    private List<Integer> written(Decoder decoder, int prompt) {
        return Fixture.greedy(decoder, references.prompt(prompt), references.longest(prompt));
    }
}
