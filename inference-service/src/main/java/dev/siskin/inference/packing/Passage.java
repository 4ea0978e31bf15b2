package dev.siskin.inference.packing;

import dev.siskin.api.Hit;

/**
 * A chunk the generator reads.
 *
 * @param text of the hit, never null
 * @param tokens estimated
 */
public record Passage(Hit hit, String text, int tokens) {}
