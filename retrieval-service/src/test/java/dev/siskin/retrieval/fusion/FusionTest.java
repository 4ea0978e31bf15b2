package dev.siskin.retrieval.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.siskin.api.FusionMethod;
import dev.siskin.retrieval.fusion.Fusion.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FusionTest {
    private static List<String> order(Fusion fusion, List<Candidate<String>> candidates) {
        return fusion.fuse(candidates, Comparator.naturalOrder()).stream()
                .map(fused -> fused.candidate().passage())
                .toList();
    }

    private static Candidate<String> candidate(String passage, double cosine, double bm25) {
        return new Candidate<>(passage, cosine, bm25);
    }

    @Test
    void convex_ofTwoSides_addsHalfOfEachNormalised() {
        var candidates = List.of(candidate("a", 0.8, 0), candidate("b", 0.4, 10), candidate("c", 0.7, 5));
        assertThat(new ConvexFusion().scores(candidates)).containsExactly(new double[] {0.5, 0.5, 0.625}, within(1e-9));
        assertThat(order(new ConvexFusion(), candidates)).containsExactly("c", "a", "b");
    }

    @Test
    void reciprocalRank_ofTwoSides_addsTheirRanks() {
        var candidates = List.of(candidate("a", 0.8, 0), candidate("b", 0.4, 10), candidate("c", 0.7, 5));
        assertThat(new ReciprocalRankFusion().scores(candidates))
                .containsExactly(new double[] {1 / 61.0, 1 / 63.0 + 1 / 61.0, 1 / 62.0 + 1 / 62.0}, within(1e-12));
    }

    @Test
    void reciprocalRank_ofEqualScores_sharesTheBestRank() {
        var candidates = List.of(candidate("a", 0.8, 3), candidate("b", 0.8, 3), candidate("c", 0.1, 3));
        assertThat(new ReciprocalRankFusion().scores(candidates))
                .containsExactly(new double[] {2 / 61.0, 2 / 61.0, 1 / 63.0 + 1 / 61.0}, within(1e-12));
    }

    @Test
    void logOdds_ofTwoSides_isTheProbabilityOfTheirMeanEvidence() {
        var candidates = List.of(candidate("a", 0.6, 2), candidate("b", 0.8, 0));
        // medians 0.8 and 2; deviations 0.1 and none: logits -2 and 0 of a, 0 of b, which no term matches
        double a = (Math.log1p(Math.exp(-2)) + Math.log(2)) / 2 * Math.sqrt(2);
        double b = Math.log(2) / 2 * Math.sqrt(2);
        assertThat(new LogOddsFusion().scores(candidates))
                .containsExactly(new double[] {1 / (1 + Math.exp(-a)), 1 / (1 + Math.exp(-b))}, within(1e-9));
    }

    @Test
    void fuse_ofEqualFusedScores_prefersTheCosine() {
        var candidates = List.of(candidate("keyword", 0, 3), candidate("vector", 1, 0));
        assertThat(order(new ConvexFusion(), candidates)).containsExactly("vector", "keyword");
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_ofEqualCandidates_keepsTheOrderGiven(FusionMethod method) {
        var candidates = List.of(candidate("b", 0.5, 2), candidate("c", 0.5, 2), candidate("a", 0.5, 2));
        assertThat(order(Fusion.of(method), candidates)).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_whereNoTermMatched_isTheOrderOfTheVectors(FusionMethod method) {
        var candidates = List.of(candidate("a", 0.1, 0), candidate("b", 0.9, 0), candidate("c", 0.5, 0));
        assertThat(order(Fusion.of(method), candidates)).containsExactly("b", "c", "a");
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_whereCosinesAreEqual_isTheOrderOfTheKeywords(FusionMethod method) {
        var candidates = List.of(candidate("a", 0.5, 1), candidate("b", 0.5, 9), candidate("c", 0.5, 4));
        assertThat(order(Fusion.of(method), candidates)).containsExactly("b", "c", "a");
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_ofNothingOrOne_isNothingOrOne(FusionMethod method) {
        assertThat(order(Fusion.of(method), List.of())).isEmpty();
        assertThat(order(Fusion.of(method), List.of(candidate("a", 0.3, 4)))).containsExactly("a");
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_ofAnyScores_isTheSameForAnyOrderOfCandidates(FusionMethod method) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var candidates = new ArrayList<Candidate<String>>();
        for (int i = 0; i < 400; i++) {
            candidates.add(candidate("p" + i, random.nextInt(-9, 10) / 10.0, random.nextInt(20)));
        }
        List<String> order = order(Fusion.of(method), candidates);
        Collections.shuffle(candidates, random);
        assertThat(order(Fusion.of(method), candidates)).as("seed %d", seed).isEqualTo(order);
        assertThat(Arrays.stream(Fusion.of(method).scores(candidates)))
                .as("seed %d", seed)
                .allMatch(score -> score >= 0 && score <= 1);
    }

    @ParameterizedTest
    @EnumSource(FusionMethod.class)
    void fuse_ofAPassageBetterOnBothSides_putsItFirst(FusionMethod method) {
        var candidates = List.of(candidate("a", 0.3, 4), candidate("b", 0.7, 9), candidate("c", 0.6, 0));
        assertThat(order(Fusion.of(method), candidates)).startsWith("b");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void convex_withAnImpossibleWeight_isRefused(double weight) {
        assertThatThrownBy(() -> new ConvexFusion(weight)).hasMessageContaining("vectorWeight=" + weight);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void reciprocalRank_withAnImpossibleConstant_isRefused(double constant) {
        assertThatThrownBy(() -> new ReciprocalRankFusion(constant)).hasMessageContaining("rankConstant=" + constant);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void logOdds_withAnImpossibleAlpha_isRefused(double alpha) {
        assertThatThrownBy(() -> new LogOddsFusion(alpha)).hasMessageContaining("alpha=" + alpha);
    }
}
