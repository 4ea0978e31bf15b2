package dev.siskin.retrieval.fusion;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Lucene's log-odds fusion over scores that are computed already: each side's score becomes the log-odds of a
 * probability, the log-odds are averaged and scaled, and the result is a probability again.
 *
 * <pre>
 *   logit = (score - median) / deviation                 of a side's scores over the candidates it matched
 *   mean  = sum of softplus(logit) of the sides / 2      a side that does not match adds 0
 *   fused = sigmoid(mean * 2^alpha)
 * </pre>
 *
 * <p>The formula is that of {@code org.apache.lucene.search.LogOddsFusionQuery} of release 10.6 with two clauses, where
 * each is a {@code BayesianScoreQuery}, whose sigmoid the logit undoes. Its parameters, midpoint = median and steepness
 * = 1 / standard deviation, are those of {@code BayesianScoreEstimator}, taken from the candidates of the query rather
 * than from sampled ones. A side that does not tell candidates apart has the logit 0 for all it matched.
 *
 * @param alpha confidence that two sides give over one, 0 to 1: the order is the same for all, the score is not
 */
public record LogOddsFusion(double alpha) implements Fusion {
    /** Lucene's: the square root of the number of sides. */
    public static final double DEFAULT_ALPHA = 0.5;

    private static final int SIDES = 2;

    /** Throws {@link IllegalArgumentException} where alpha is not within 0 and 1. */
    public LogOddsFusion {
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha must be 0 to 1: alpha=" + alpha);
        }
    }

    /** With {@link #DEFAULT_ALPHA}. */
    public LogOddsFusion() {
        this(DEFAULT_ALPHA);
    }

    @Override
    public double[] scores(List<? extends Candidate<?>> candidates) {
        Logit ofCosine = Logit.of(doubles(candidates, Candidate::cosine));
        Logit ofBm25 = Logit.of(doubles(candidates, Candidate::bm25).filter(score -> score > 0));
        double scale = Math.pow(SIDES, alpha) / SIDES;
        double[] scores = new double[candidates.size()];
        for (int i = 0; i < scores.length; i++) {
            Candidate<?> candidate = candidates.get(i);
            double sum = softplus(ofCosine.of(candidate.cosine()));
            if (candidate.bm25() > 0) {
                sum += softplus(ofBm25.of(candidate.bm25()));
            }
            scores[i] = sigmoid(sum * scale);
        }
        return scores;
    }

    private static DoubleStream doubles(List<? extends Candidate<?>> candidates, ToDoubleFunction<Candidate<?>> side) {
        return candidates.stream().mapToDouble(side);
    }

    /** Log-odds of a score: 0 at the midpoint. */
    private record Logit(double midpoint, double steepness) {
        static Logit of(DoubleStream side) {
            double[] scores = side.sorted().toArray();
            if (scores.length == 0) {
                return new Logit(0, 1);
            }
            double mean = Arrays.stream(scores).average().orElse(0);
            double variance = Arrays.stream(scores)
                    .map(score -> (score - mean) * (score - mean))
                    .average()
                    .orElse(0);
            return new Logit(scores[scores.length / 2], variance > 0 ? 1 / Math.sqrt(variance) : 1);
        }

        double of(double score) {
            return steepness * (score - midpoint);
        }
    }

    /** {@code log(1 + e^x)}, above 0: a weak match is still worth more than none. */
    private static double softplus(double x) {
        return x > 20 ? x : Math.log1p(Math.exp(x));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
