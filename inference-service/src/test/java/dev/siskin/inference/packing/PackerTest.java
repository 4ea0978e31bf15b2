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
    void pack_nearCopy_isLeftOut() {
        String text =
                "The queue of a tier is bounded by max_queue_depth, which is one hundred and twenty-eight requests "
                        + "unless the settings say otherwise, and a full queue refuses the next request with a clear message.";

        Packed packed = packer.pack(
                List.of(
                        hit("a", 0, text),
                        hit("b", 0, text.replace("clear", "long")),
                        hit("c", 0, "The queue is bounded.")),
                1000);

        assertThat(packed.passages())
                .extracting(passage -> passage.hit().documentId())
                .containsExactly("a", "c");
    }

    private static final String DOCUMENT = "Alpha begins the queue. Beta bounds it. Gamma empties the queue at last.";

    private static Hit slice(int start, int end) {
        return hit("a", start, DOCUMENT.substring(start, end));
    }

    @Test
    void pack_neighbours_areJoinedInReadingOrder() {
        Packed packed =
                packer.pack(List.of(slice(20, 40), hit("b", 0, "Other words."), slice(0, 24), slice(40, 72)), 1000);

        assertThat(packed.passages()).hasSize(2);
        assertThat(packed.used()).isEqualTo(4);
        Passage joined = packed.passages().getFirst();
        assertThat(joined.text()).isEqualTo(DOCUMENT);
        assertThat(joined.hit().start()).isZero();
        assertThat(joined.hit().end()).isEqualTo(DOCUMENT.length());
        assertThat(joined.chunkAt(0)).isEqualTo(slice(0, 24));
        assertThat(joined.chunkAt(30)).isEqualTo(slice(20, 40));
        assertThat(joined.chunkAt(71)).isEqualTo(slice(40, 72));
        assertThat(packed.tokensAfter())
                .isEqualTo(joined.tokens() + packed.passages().get(1).tokens());
    }

    @Test
    void pack_neighbourThatDoesNotFit_leavesThePassageAsItWas() {
        Packed packed = packer.pack(List.of(slice(0, 24), slice(20, 72)), 6);

        assertThat(packed.passages()).singleElement().extracting(Passage::text).isEqualTo(DOCUMENT.substring(0, 24));
    }

    @Test
    void pack_overlapOfDifferentTexts_isNotJoined() {
        Packed packed = packer.pack(List.of(hit("a", 0, "x".repeat(100)), hit("a", 90, "y".repeat(100))), 1000);

        assertThat(packed.passages()).hasSize(2);
    }
}
