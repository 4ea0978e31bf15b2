package dev.siskin.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.siskin.api.Json;
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
        assertThat(RankingMetrics.recall(List.of("c", "a"), grades, 10)).isEqualTo(0.5);
    }

    @Test
    void squad_questions_areDrawnTheSameWayEachTime() throws Exception {
        Squad squad = Squad.parse(Json.MAPPER.readTree("""
            {"data":[{"title":"A_B","paragraphs":[{"context":"One. Two.","qas":[
             {"id":"i","question":"q1","answers":[{"text":"One"},{"text":"One"}]},
             {"id":"i","question":"q2","answers":[{"text":"Two"}]},{"id":"i","question":"q3","answers":[]}]}]}]}
            """));
        assertThat(squad.draw(2, 7)).hasSize(2).isEqualTo(squad.draw(2, 7));
        assertThat(squad.questions().getFirst().answers()).containsExactly("One");
        assertThat(AnswersCommand.holds("It was  ONE\nday", new Squad.Question("i", "q", 0, List.of("one day"))))
                .isTrue();
        assertThat(AnswersCommand.holds("It was two", new Squad.Question("i", "q", 0, List.of("one"))))
                .isFalse();
    }

    @Test
    void latencies_quantiles_areOrderStatistics() {
        var latencies = new Latencies();
        for (int i = 100; i > 0; i--) {
            latencies.add(i);
        }
        assertThat(latencies.quantile(0.5)).isEqualTo(51);
        assertThat(latencies.quantile(1)).isEqualTo(100);
        assertThat(LatencyCommand.question("- [c]reate an archive:")).isEqualTo("create an archive");
    }
}
