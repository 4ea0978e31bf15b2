package dev.siskin.inference.decoding;

/**
 * What a decoder is at and has done. Counters only rise.
 *
 * @param running         sequences let in
 * @param waiting         sequences that wait for room
 * @param kvReservedBytes of the budget, promised to those let in
 * @param kvHeldBytes     of KV cache that cost memory now
 * @param kvLimitBytes    the budget
 * @param prefixBytes     of kept prefixes, within the budget
 * @param prefillTokens   counter: of prompts, that were run
 * @param reusedTokens    counter: of prompts, that were not, for their cache was there
 * @param prefillNanos    counter: time spent on it
 * @param decodeTokens    counter: written, all sequences together
 * @param decodeNanos     counter: time spent on it
 * @param draftedTokens   counter: that {@link Drafting} offered the model
 * @param acceptedTokens  counter: of these, that the model would have written
 * @param openTensors     native tensors that are open
 */
public record DecoderStats(
        int running,
        int waiting,
        long kvReservedBytes,
        long kvHeldBytes,
        long kvLimitBytes,
        long prefixBytes,
        long prefillTokens,
        long reusedTokens,
        long prefillNanos,
        long decodeTokens,
        long decodeNanos,
        long draftedTokens,
        long acceptedTokens,
        int openTensors) {}
