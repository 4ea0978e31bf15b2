package dev.siskin.cli.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A mean over queries with its 95 % confidence interval, by the percentile bootstrap (Efron and Tibshirani, An
 * Introduction to the Bootstrap, 1993): the queries are drawn again with replacement, always with the same seed, so that
 * the same values have the same interval.
 */
record Estimate(double mean, double low, double high) {
    static final int RESAMPLES = 10_000;

    private static final long SEED = 1;
    private static final double TAIL = 0.025;

    /** @param values one a query, at least one */
    static Estimate of(List<Double> values) {
        double[] measured = values.stream().mapToDouble(Double::doubleValue).toArray();
        var random = new SplittableRandom(SEED);
        var means = new double[RESAMPLES];
        for (int sample = 0; sample < RESAMPLES; sample++) {
            double sum = 0;
            for (int draw = 0; draw < measured.length; draw++) {
                sum += measured[random.nextInt(measured.length)];
            }
            means[sample] = sum / measured.length;
        }
        Arrays.sort(means);
        int cut = (int) (TAIL * RESAMPLES);
        return new Estimate(Arrays.stream(measured).sum() / measured.length, means[cut], means[RESAMPLES - 1 - cut]);
    }
}
