package dev.siskin.inference.decoding;

import java.time.Duration;

/**
 * How a sequence went.
 *
 * @param newTokens    that its sink was given
 * @param reusedTokens of the prompt, whose cache was there already
 * @param waited       until there was room
 * @param prefill      from then to the first token
 * @param decoding     from there to the end
 */
public record Decoded(
        Ending ending,
        int promptTokens,
        int newTokens,
        int reusedTokens,
        Duration waited,
        Duration prefill,
        Duration decoding) {}
