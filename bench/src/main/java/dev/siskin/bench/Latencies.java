package dev.siskin.bench;

import java.util.Arrays;

/** Milliseconds of many calls. */
final class Latencies {
    private double[] millis = new double[1024];
    private int count;

    void add(double value) {
        if (count == millis.length) {
            millis = Arrays.copyOf(millis, count * 2);
        }
        millis[count++] = value;
    }

    /** The value below which this share of the calls stayed; 0 where there was none. */
    double quantile(double share) {
        if (count == 0) {
            return 0;
        }
        double[] sorted = Arrays.copyOf(millis, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(count - 1, Math.floor(share * count))];
    }
}
