package dev.siskin.inference.accounting;

import dev.siskin.api.AnswerResponse.Cost;
import dev.siskin.api.Tier;
import java.util.List;
import java.util.Map;

/**
 * What an answer costs: its wall-clock share of the host's price, cost = total time × price per hour, and what the
 * endpoint that wrote it charges for its tokens.
 *
 * <p><b>Assumptions.</b> The answer has the whole host to itself while it runs, waiting for retrieval included, and
 * the hours in which nobody asks are not charged to anyone. The first makes the figure high where questions
 * overlap, the second low where the host idles; with a steady load near one question at a time it is exact. Tokens of an
 * endpoint that failed half-way are not known and not counted.
 */
public final class CostModel {
    private static final double MS_PER_HOUR = 3_600_000;

    private final double usdPerHour;
    private final Map<Tier, TokenPrice> prices;

    /**
     * @param usdPerHour price of the host
     * @param prices of the tiers whose tokens cost something
     */
    public CostModel(double usdPerHour, Map<Tier, TokenPrice> prices) {
        this.usdPerHour = usdPerHour;
        this.prices = Map.copyOf(prices);
    }

    /** Cost of an answer that was there, and took so long to find. */
    public Cost of(double totalMs) {
        return cost(ofTime(totalMs));
    }

    /** Cost of an answer that was made with these calls. */
    public Cost of(double totalMs, List<TokensSpent> calls) {
        double tokens = calls.stream()
                .mapToDouble(call ->
                        prices.getOrDefault(call.tier(), TokenPrice.NONE).of(call.read(), call.written()))
                .sum();
        return cost(ofTime(totalMs) + tokens);
    }

    private double ofTime(double totalMs) {
        return totalMs / MS_PER_HOUR * usdPerHour;
    }

    private static Cost cost(double usd) {
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
