package dev.siskin.inference.decoding;

import java.time.Duration;

/**
 * One sequence to write.
 *
 * @param prompt       token ids, at least one; not changed by anyone while it runs
 * @param maxNewTokens at least 1
 * @param timeLeft     until it is no longer wanted, waiting included
 * @param common       how many of the prompt's first tokens say nothing of its caller: their keys and values may be kept
 *                     for other sequences, whose callers would notice by the time theirs takes
 */
public record DecodeRequest(int[] prompt, int maxNewTokens, TokenChoice choice, Duration timeLeft, int common) {

    /** Of a prompt that is no secret. */
    public DecodeRequest(int[] prompt, int maxNewTokens, TokenChoice choice, Duration timeLeft) {
        this(prompt, maxNewTokens, choice, timeLeft, prompt.length);
    }

    public DecodeRequest {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("a prompt must have a token: tokens=0");
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens must be 1 or more: " + maxNewTokens);
        }
        if (common < 0 || common > prompt.length) {
            throw new IllegalArgumentException("common must be 0 to the prompt's tokens: " + common);
        }
    }
}
