package dev.siskin.generators;

import org.jspecify.annotations.Nullable;

/**
 * What was found when a model that writes answers was loaded and tried out. What was measured is growth of the process's
 * proportional set size, null where the kernel does not tell.
 *
 * @param model its folder
 * @param graph file of the folder
 * @param loadMs until it could run, a few tokens to try it out included
 * @param weightsBytes size of its files
 * @param weightsMeasuredBytes what loading took
 * @param weightsAnonymousBytes part of it that the kernel cannot take back
 * @param kvBytesPerToken keys and values of one token
 * @param promptTokens read in the try
 * @param newTokens written in the try, the first one with the prompt
 * @param runBytes weights and the try's keys and values, as predicted
 * @param runMeasuredBytes the same as measured, with what the steps need beside
 * @param sequences that may be written at once
 * @param contextTokens of each of them
 * @param sequencesBytes keys and values of all these tokens
 * @param neededBytes the process with the model and all of them
 * @param hostBytes memory that the process may have: of the host, or the limit of its control group
 * @param fits whether it can run so and stay below where the service refuses
 * @param text what it wrote
 */
public record ModelCheckReport(
        String model,
        String graph,
        int threads,
        double loadMs,
        long weightsBytes,
        @Nullable Long weightsMeasuredBytes,
        @Nullable Long weightsAnonymousBytes,
        long kvBytesPerToken,
        int promptTokens,
        double prefillTokensPerSecond,
        int newTokens,
        double decodeTokensPerSecond,
        long runBytes,
        @Nullable Long runMeasuredBytes,
        int sequences,
        int contextTokens,
        long sequencesBytes,
        long neededBytes,
        long hostBytes,
        boolean fits,
        String text) {}
