package dev.siskin.inference.routing;

/** The tier that is to answer, and why. */
public record Choice(TierPlan tier, String reason) {}
