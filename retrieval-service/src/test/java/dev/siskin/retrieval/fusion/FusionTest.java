package dev.siskin.retrieval.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.siskin.retrieval.fusion.Fusion.Candidate;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FusionTest {
    private final Fusion fusion = new Fusion();

    private List<String> order(List<Candidate<String>> candidates) {
        return fusion.fuse(candidates, Comparator.naturalOrder()).stream()
                .map(fused -> fused.candidate().passage())
                .toList();
    }

    @Test
    void fuse_ofTwoSides_addsHalfOfEachNormalised() {
        List<Fusion.Fused<String>> fused = fusion.fuse(
                List.of(new Candidate<>("a", 0.8, 0), new Candidate<>("b", 0.4, 10), new Candidate<>("c", 0.7, 5)),
                Comparator.naturalOrder());
        assertThat(fused).extracting(one -> one.candidate().passage()).containsExactly("c", "a", "b");
        assertThat(fused.getFirst().score()).isCloseTo(0.625, within(1e-9));
        assertThat(fused.get(1).score()).isEqualTo(0.5);
    }

    @Test
    void fuse_ofEqualFusedScores_prefersTheCosine() {
        assertThat(order(List.of(new Candidate<>("keyword", 0, 3), new Candidate<>("vector", 1, 0))))
                .containsExactly("vector", "keyword");
    }

    @Test
    void fuse_ofEqualCandidates_keepsTheOrderGiven() {
        assertThat(order(List.of(
                        new Candidate<>("b", 0.5, 2), new Candidate<>("c", 0.5, 2), new Candidate<>("a", 0.5, 2))))
                .containsExactly("a", "b", "c");
    }

    @Test
    void fuse_whereNoTermMatched_isTheOrderOfTheVectors() {
        assertThat(order(List.of(
                        new Candidate<>("a", 0.1, 0), new Candidate<>("b", 0.9, 0), new Candidate<>("c", 0.5, 0))))
                .containsExactly("b", "c", "a");
    }

    @Test
    void fuse_ofNothingOrOne_isNothingOrOne() {
        assertThat(order(List.of())).isEmpty();
        assertThat(fusion.fuse(List.of(new Candidate<>("a", 0.3, 4)), Comparator.naturalOrder()))
                .singleElement()
                .satisfies(one -> assertThat(one.score()).isZero());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void fusion_withAnImpossibleWeight_isRefused(double weight) {
        assertThatThrownBy(() -> new Fusion(weight)).hasMessageContaining("vectorWeight=" + weight);
    }
}
