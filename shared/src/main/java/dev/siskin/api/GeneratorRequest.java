package dev.siskin.api;

import org.jspecify.annotations.Nullable;

/**
 * The model that a tier is to have.
 *
 * @param model name of one that the service's host has
 * @param file which graph of its folder; null = the best there is
 */
public record GeneratorRequest(
        @Nullable String model, @Nullable String file) {}
