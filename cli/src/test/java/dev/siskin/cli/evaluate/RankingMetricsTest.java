package dev.siskin.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankingMetricsTest {
    @Test
    void ndcg_knownRankings_haveKnownValues() {
        Map<String, Integer> grades = Map.of("a", 1, "b", 1);
        assertThat(RankingMetrics.ndcg(List.of("a", "b", "c"), grades, 10)).isEqualTo(1);
        assertThat(RankingMetrics.ndcg(List.of("c", "d"), grades, 10)).isZero();
        // gains at ranks 2 and 3: 1/log2(3) + 1/log2(4); ideal 1 + 1/log2(3)
        double expected = (0.63093 + 0.5) / (1 + 0.63093);
        assertThat(RankingMetrics.ndcg(List.of("c", "a", "b"), grades, 10)).isCloseTo(expected, within(1e-4));
        assertThat(RankingMetrics.ndcg(List.of("c", "a", "b"), grades, 2)).isCloseTo(0.63093 / 1.63093, within(1e-4));
    }

    @Test
    void ndcg_grades_areTheGains() {
        Map<String, Integer> grades = Map.of("a", 2, "b", 1);
        // 1/log2(2) + 2/log2(3); ideal 2/log2(2) + 1/log2(3)
        assertThat(RankingMetrics.ndcg(List.of("b", "a"), grades, 10))
                .isCloseTo((1 + 2 * 0.63093) / (2 + 0.63093), within(1e-4));
    }

    @Test
    void gradesOfZeroAndBelow_areNotRelevant() {
        Map<String, Integer> grades = Map.of("a", 1, "b", 0, "c", -2);
        assertThat(RankingMetrics.ndcg(List.of("c", "b", "a"), grades, 10)).isCloseTo(0.5, within(1e-4));
        assertThat(RankingMetrics.recall(List.of("b", "c"), grades, 10)).isZero();
        assertThat(RankingMetrics.reciprocalRank(List.of("c", "b", "a"), grades, 10))
                .isCloseTo(1.0 / 3, within(1e-9));
    }

    @Test
    void recall_countsWithinTheRanks() {
        Map<String, Integer> grades = Map.of("a", 1, "b", 1);
        assertThat(RankingMetrics.recall(List.of("c", "a"), grades, 10)).isEqualTo(0.5);
        assertThat(RankingMetrics.recall(List.of("c", "a", "b"), grades, 2)).isEqualTo(0.5);
        assertThat(RankingMetrics.recall(List.of("c", "a", "b"), grades, 3)).isEqualTo(1);
        assertThat(RankingMetrics.recall(List.of(), grades, 3)).isZero();
    }

    @Test
    void reciprocalRank_isOfTheFirstRelevantWithinTheRanks() {
        Map<String, Integer> grades = Map.of("a", 1, "b", 1);
        assertThat(RankingMetrics.reciprocalRank(List.of("c", "b", "a"), grades, 10))
                .isEqualTo(0.5);
        assertThat(RankingMetrics.reciprocalRank(List.of("c", "b", "a"), grades, 1))
                .isZero();
    }
}
