package dev.siskin.generators;

import org.jspecify.annotations.Nullable;

/**
 * What was found when a model that writes answers was loaded and tried out. What was measured is growth of the process's
 * resident memory, files that are mapped included, null where the kernel does not tell.
 *
 * @param model its folder
 * @param graph file of the folder
 * @param loadMs until it could run, a few tokens to try it out included
 * @param packed whether its weights were packed for this processor in this process, where otherwise they were found so:
 *     what packing left behind is then in what was measured
 * @param weightsBytes size of its files
 * @param weightsMeasuredBytes what loading took
 * @param weightsAnonymousBytes part of it that the kernel cannot take back
 * @param kvBytesPerToken keys and values of one token
 * @param promptTokens read in the try
 * @param newTokens written in the try, the first one with the prompt
 * @param runWeightsBytes weights in memory after the try, as predicted
 * @param runBytes the most that the try takes at once, weights, keys and values, activations and logits, as predicted
 * @param runMeasuredBytes the same as measured
 * @param sequences that may be written at once
 * @param contextTokens of each of them
 * @param sequencesBytes keys and values of all these tokens
 * @param processBytes what the process has before it loads a model: JVM with its whole heap, ONNX Runtime, tokenizer
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
        boolean packed,
        long weightsBytes,
        @Nullable Long weightsMeasuredBytes,
        @Nullable Long weightsAnonymousBytes,
        long kvBytesPerToken,
        int promptTokens,
        double prefillTokensPerSecond,
        int newTokens,
        double decodeTokensPerSecond,
        long runWeightsBytes,
        long runBytes,
        @Nullable Long runMeasuredBytes,
        int sequences,
        int contextTokens,
        long sequencesBytes,
        long processBytes,
        long neededBytes,
        long hostBytes,
        boolean fits,
        String text) {}
