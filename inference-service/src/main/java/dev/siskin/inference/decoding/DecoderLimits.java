package dev.siskin.inference.decoding;

/**
 * What a decoder may take.
 *
 * @param maxSequences  that run together, at least 1
 * @param kvBytes       of KV cache at most, above 0: a sequence is let in when its prompt and all it may write fit
 * @param contextTokens of a sequence, prompt included, at least 2; the model's own limit counts too
 * @param threads       that compute a step, at least 1
 * @param prefillChunk  tokens of a prompt that run between two steps of the others, at least 1: more are faster for the
 *                      prompt, and the others wait longer
 */
public record DecoderLimits(int maxSequences, long kvBytes, int contextTokens, int threads, int prefillChunk) {

    /** Of a prompt between two steps. */
    public static final int DEFAULT_PREFILL_CHUNK = 256;

    public DecoderLimits {
        check(maxSequences >= 1, "maxSequences must be 1 or more", maxSequences);
        check(kvBytes >= 1, "kvBytes must be 1 or more", kvBytes);
        check(contextTokens >= 2, "contextTokens must be 2 or more", contextTokens);
        check(threads >= 1, "threads must be 1 or more", threads);
        check(prefillChunk >= 1, "prefillChunk must be 1 or more", prefillChunk);
    }

    private static void check(boolean holds, String rule, long value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ": " + value);
        }
    }
}
