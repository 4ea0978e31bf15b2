package dev.siskin.bench;

import java.util.Arrays;

/** Milliseconds of many calls. */
public final class Latencies {
    private double[] millis = new double[1024];
    private int count;

    public void add(double value) {
        if (count == millis.length) {
            millis = Arrays.copyOf(millis, count * 2);
        }
        millis[count++] = value;
    }

    /** Adds all of these to others. */
    public void addTo(Latencies others) {
        for (int call = 0; call < count; call++) {
            others.add(millis[call]);
        }
    }

    public int count() {
        return count;
    }

    /** 0 where there was none. */
    public double mean() {
        return count == 0 ? 0 : Arrays.stream(millis, 0, count).sum() / count;
    }

    /** The value below which this share of the calls stayed; 0 where there was none. */
    public double quantile(double share) {
        if (count == 0) {
            return 0;
        }
        double[] sorted = Arrays.copyOf(millis, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(count - 1, Math.floor(share * count))];
    }
}
