package dev.siskin.inference.packing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Hit;
import dev.siskin.inference.Hits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PackerTest {
    private final Packer packer = new Packer();

    private static Hit hit(String document, int start, String text) {
        return Hits.hit(document, start, 0.5, text, Map.of());
    }

    @Test
    void pack_overBudget_skipsWhatDoesNotFitAndTakesSmallerOnes() {
        Packed packed = packer.pack(
                List.of(hit("a", 0, "one two three"), hit("b", 0, "word ".repeat(100)), hit("c", 0, "four five")), 10);

        assertThat(packed.passages())
                .extracting(passage -> passage.hit().documentId())
                .containsExactly("a", "c");
        assertThat(packed.retrieved()).isEqualTo(3);
        assertThat(packed.tokensAfter()).isLessThanOrEqualTo(10).isLessThan(packed.tokensBefore());
    }

    @Test
    void pack_bestLargerThanBudget_isTakenWhole() {
        assertThat(packer.pack(List.of(hit("a", 0, "word ".repeat(100))), 10).passages())
                .hasSize(1);
    }

    @Test
    void pack_repetitions_areLeftOut() {
        String text = "The same text in two places.";

        Packed packed = packer.pack(
                List.of(hit("a", 0, text), hit("b", 90, text.replace(" ", "\n")), hit("a", 10, text + " More.")), 1000);

        assertThat(packed.passages()).hasSize(1);
    }

    @Test
    void pack_neighboursThatOverlapALittle_areBothTaken() {
        Packed packed = packer.pack(List.of(hit("a", 0, "x".repeat(100)), hit("a", 90, "y".repeat(100))), 1000);

        assertThat(packed.passages()).hasSize(2);
    }
}
