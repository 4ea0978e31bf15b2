package dev.siskin.inference.routing;

import dev.siskin.api.Tier;

/**
 * A tier that a request may use.
 *
 * @param model and its revision
 * @param packingTokens estimated tokens of passages the tier reads
 */
public record TierPlan(Tier tier, String model, int packingTokens) {
    /** The same tier with another model. */
    public TierPlan of(String other) {
        return new TierPlan(tier, other, packingTokens);
    }
}
