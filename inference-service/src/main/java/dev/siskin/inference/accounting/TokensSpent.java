package dev.siskin.inference.accounting;

import dev.siskin.api.Tier;

/**
 * Tokens of one call of a tier.
 *
 * @param read the question's among them
 */
public record TokensSpent(Tier tier, int read, int written) {}
