package dev.siskin.retrieval.fusion;

import java.util.Arrays;
import java.util.List;

/**
 * Adds {@code 1 / (rankConstant + rank)} of both sides; scores count by their order alone. Equal scores share the best
 * of their ranks, and a passage without a term of the query has no rank on the keyword side. Two first ranks make at
 * most 1/30.
 *
 * <p>G. Cormack, C. Clarke, S. Büttcher: <em>Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
 * Methods</em>, SIGIR 2009.
 *
 * @param rankConstant above 0; a larger one tells the first ranks apart less
 */
public record ReciprocalRankFusion(double rankConstant) implements Fusion {
    /** The paper's. */
    public static final double DEFAULT_RANK_CONSTANT = 60;

    /** Throws {@link IllegalArgumentException} where the constant is not above 0 and finite. */
    public ReciprocalRankFusion {
        if (!(rankConstant > 0 && rankConstant < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rank constant must be above 0: rankConstant=" + rankConstant);
        }
    }

    /** With {@link #DEFAULT_RANK_CONSTANT}. */
    public ReciprocalRankFusion() {
        this(DEFAULT_RANK_CONSTANT);
    }

    @Override
    public double[] scores(List<? extends Candidate<?>> candidates) {
        double[] cosines =
                ascending(candidates.stream().mapToDouble(Candidate::cosine).toArray());
        double[] bm25s =
                ascending(candidates.stream().mapToDouble(Candidate::bm25).toArray());
        double[] scores = new double[candidates.size()];
        for (int i = 0; i < scores.length; i++) {
            Candidate<?> candidate = candidates.get(i);
            scores[i] = reciprocal(cosines, candidate.cosine());
            if (candidate.bm25() > 0) {
                scores[i] += reciprocal(bm25s, candidate.bm25());
            }
        }
        return scores;
    }

    private static double[] ascending(double[] scores) {
        Arrays.sort(scores);
        return scores;
    }

    private double reciprocal(double[] ascending, double score) {
        int at = Arrays.binarySearch(ascending, score);
        while (at + 1 < ascending.length && ascending[at + 1] == score) {
            at++;
        }
        int better = ascending.length - 1 - at;
        return 1 / (rankConstant + better + 1);
    }
}
