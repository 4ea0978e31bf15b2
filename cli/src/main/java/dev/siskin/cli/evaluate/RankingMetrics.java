package dev.siskin.cli.evaluate;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Measures of a ranking without duplicates, as trec_eval computes them. A grade of 0 or less is not relevant. */
public final class RankingMetrics {
    private RankingMetrics() {}

    /**
     * Normalised discounted cumulative gain over the first {@code k} ranks, gain = grade, discount =
     * {@code log2(rank + 1)}.
     */
    public static double ndcg(List<String> ranking, Map<String, Integer> grades, int k) {
        double gain = 0;
        for (int rank = 0; rank < Math.min(k, ranking.size()); rank++) {
            gain += Math.max(0, grades.getOrDefault(ranking.get(rank), 0)) / log2(rank + 2);
        }
        List<Integer> best = grades.values().stream()
                .filter(grade -> grade > 0)
                .sorted(Comparator.reverseOrder())
                .limit(k)
                .toList();
        double ideal = 0;
        for (int rank = 0; rank < best.size(); rank++) {
            ideal += best.get(rank) / log2(rank + 2);
        }
        return ideal == 0 ? 0 : gain / ideal;
    }

    /** Share of the relevant documents found within the first {@code k} ranks. */
    public static double recall(List<String> ranking, Map<String, Integer> grades, int k) {
        long relevant = grades.values().stream().filter(grade -> grade > 0).count();
        long found = ranking.stream()
                .limit(k)
                .filter(id -> grades.getOrDefault(id, 0) > 0)
                .count();
        return relevant == 0 ? 0 : (double) found / relevant;
    }

    /** 1 over the rank of the first relevant document; 0 where none is within the first {@code k} ranks. */
    public static double reciprocalRank(List<String> ranking, Map<String, Integer> grades, int k) {
        for (int rank = 0; rank < Math.min(k, ranking.size()); rank++) {
            if (grades.getOrDefault(ranking.get(rank), 0) > 0) {
                return 1.0 / (rank + 1);
            }
        }
        return 0;
    }

    private static double log2(int value) {
        return Math.log(value) / Math.log(2);
    }
}
