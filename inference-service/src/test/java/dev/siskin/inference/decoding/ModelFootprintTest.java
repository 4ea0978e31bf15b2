package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ModelFootprintTest {
    private static final DecoderLimits LIMITS =
            new DecoderLimits(2, 64 << 20, 512, 1, DecoderLimits.DEFAULT_PREFILL_CHUNK);

    @TempDir
    private Path directory;

    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    private static ModelFootprint of(ModelFolder folder, Optional<Path> packed) {
        try (LoadedModel model = LoadedModel.open(folder, LIMITS, packed)) {
            return ModelFootprint.of(folder, model);
        }
    }

    /** Four layers of 256 and 768, 786,432 weights each, and 6,144 pieces. */
    @Test
    void fourBits_countBlocksWithTheirSumsAndScales_andTheTableByItsRows() {
        ModelFootprint footprint =
                of(ModelFolder.open(Path.of("models/siskin-mini"), "model_q4.onnx"), Optional.empty());

        long blocks = 4 * 786_432 / 32;
        long blocksOfLast = 6_144 * 256 / 32;
        long laidOut = blocks * (16 + 8) + blocksOfLast * (32 + 8);
        long scales = Float.BYTES * (blocks + blocksOfLast);
        assertThat(footprint.weightBytes()).isBetween(laidOut + scales, laidOut + scales + 200_000);
        assertThat(footprint.tableBytes()).isEqualTo(6_144 * 256 + Float.BYTES * blocksOfLast);
        assertThat(footprint.tokenFloats()).isEqualTo(2 * (3 * 768 + 2 * 256));
        assertThat(footprint.scores()).isEqualTo(2 * 4);
        assertThat(footprint.chunkLogitBytes()).isEqualTo(256 * 6_144 * Float.BYTES);
    }

    @Test
    void tables_costTheRowsThatAreRead() {
        var footprint = new ModelFootprint(100, 1_000_000, 8, 10, 5, 3, 256, 0, 0);

        assertThat(footprint.loadedBytes(20, 3)).isEqualTo(100 + 10 + 3 * 65_536 + 20 * 8);
        assertThat(footprint.loadedBytes(20, 1_000)).isEqualTo(100 + 10 + 1_000_000 + 20 * 8);
    }

    @Test
    void activations_growWithTheChunkAndWhatItSees() {
        var footprint = new ModelFootprint(0, 0, 0, 0, 5, 3, 256, 0, 0);

        assertThat(footprint.activationBytes(10)).isEqualTo(4 * 10 * (5 + 3 * 10));
        assertThat(footprint.activationBytes(1_000)).isEqualTo(4 * 256 * (5 + 3 * 1_000));
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void everyArchitecture_hasLayersAndHeads_alsoWhereItIsKeptPacked(Fixture fixture) {
        ModelFootprint plain = of(fixture.model(), Optional.empty());
        ModelFootprint packed = of(fixture.model(), Optional.of(directory));

        assertThat(plain.weightBytes()).isPositive();
        assertThat(plain.tokenFloats()).isPositive();
        assertThat(plain.scores()).isPositive();
        assertThat(packed.weightBytes()).isCloseTo(plain.weightBytes(), withPercentage(60));
    }
}
