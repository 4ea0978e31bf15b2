package dev.siskin.inference.routing;

/**
 * The tier that is to answer, and why.
 *
 * @param reason for the answer's route
 * @param isPassing whether load decided: the next equal question may go another way
 */
public record Choice(TierPlan tier, String reason, boolean isPassing) {}
