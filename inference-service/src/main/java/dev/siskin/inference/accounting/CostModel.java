package dev.siskin.inference.accounting;

import dev.siskin.api.AnswerResponse.Cost;

/**
 * What an answer costs: its wall-clock share of the host's price, cost = total time × price per hour.
 *
 * <p><b>Assumptions.</b> The answer has the whole host to itself while it runs, waiting for retrieval included, and
 * the hours in which nobody asks are not charged to anyone. The first makes the figure high where questions
 * overlap, the second low where the host idles; with a steady load near one question at a time it is exact.
 */
public final class CostModel {
    private static final double MS_PER_HOUR = 3_600_000;

    private final double usdPerHour;

    /** @param usdPerHour price of the host */
    public CostModel(double usdPerHour) {
        this.usdPerHour = usdPerHour;
    }

    /** Cost of an answer that took so long. */
    public Cost of(double totalMs) {
        double usd = totalMs / MS_PER_HOUR * usdPerHour;
        return new Cost(significant(usd), significant(usd * 1000));
    }

    /** Three significant digits: more would claim more than the model knows. */
    private static double significant(double usd) {
        return usd == 0
                ? 0
                : new java.math.BigDecimal(usd)
                        .round(new java.math.MathContext(3))
                        .doubleValue();
    }
}
