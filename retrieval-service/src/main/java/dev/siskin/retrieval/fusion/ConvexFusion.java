package dev.siskin.retrieval.fusion;

import java.util.List;

/**
 * Both sides min-max normalised over the candidates, then added with a weight. A side that does not tell candidates
 * apart (no term matched, one candidate, all equal) gives everyone 0 and leaves the order to the other.
 *
 * <p>S. Bruch, S. Gai, A. Ingber: <em>An Analysis of Fusion Functions for Hybrid Retrieval</em>, 2023.
 *
 * @param vectorWeight of the vector side, 0 to 1; the keyword side has the rest
 */
public record ConvexFusion(double vectorWeight) implements Fusion {
    /** Equal weights: not fitted to any collection. */
    public static final double DEFAULT_VECTOR_WEIGHT = 0.5;

    /** Throws {@link IllegalArgumentException} where the weight is not within 0 and 1. */
    public ConvexFusion {
        if (!(vectorWeight >= 0 && vectorWeight <= 1)) {
            throw new IllegalArgumentException("vector weight must be 0 to 1: vectorWeight=" + vectorWeight);
        }
    }

    /** With {@link #DEFAULT_VECTOR_WEIGHT}. */
    public ConvexFusion() {
        this(DEFAULT_VECTOR_WEIGHT);
    }

    @Override
    public double[] scores(List<? extends Candidate<?>> candidates) {
        double[] cosines = candidates.stream().mapToDouble(Candidate::cosine).toArray();
        double[] bm25s = candidates.stream().mapToDouble(Candidate::bm25).toArray();
        normalise(cosines);
        normalise(bm25s);
        double[] scores = new double[cosines.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = vectorWeight * cosines[i] + (1 - vectorWeight) * bm25s[i];
        }
        return scores;
    }

    /** Stretches scores, in place, to 0 to 1. */
    private static void normalise(double[] scores) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            low = Math.min(low, score);
            high = Math.max(high, score);
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] = high > low ? (scores[i] - low) / (high - low) : 0;
        }
    }
}
