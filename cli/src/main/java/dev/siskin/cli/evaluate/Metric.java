package dev.siskin.cli.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One measure of a ranking, down to a rank. */
record Metric(Kind kind, int k) {
    /** The measure that decides whether a comparison is passed. */
    static final Metric NDCG_AT_10 = new Metric(Kind.NDCG, 10);

    private static final Metric MRR_AT_10 = new Metric(Kind.MRR, 10);

    enum Kind {
        NDCG,
        RECALL,
        MRR
    }

    /** nDCG@10, recall at each of these ranks, MRR@10. */
    static List<Metric> all(List<Integer> recallRanks) {
        var metrics = new ArrayList<Metric>();
        metrics.add(NDCG_AT_10);
        recallRanks.stream().distinct().sorted().forEach(k -> metrics.add(new Metric(Kind.RECALL, k)));
        metrics.add(MRR_AT_10);
        return metrics;
    }

    double of(List<String> ranking, Map<String, Integer> grades) {
        return switch (kind) {
            case NDCG -> RankingMetrics.ndcg(ranking, grades, k);
            case RECALL -> RankingMetrics.recall(ranking, grades, k);
            case MRR -> RankingMetrics.reciprocalRank(ranking, grades, k);
        };
    }

    String label() {
        String measure = switch (kind) {
            case NDCG -> "nDCG";
            case RECALL -> "recall";
            case MRR -> "MRR";
        };
        return measure + "@" + k;
    }
}
