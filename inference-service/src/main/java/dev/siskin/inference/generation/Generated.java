package dev.siskin.inference.generation;

import java.util.Optional;

/**
 * How a generation ended.
 *
 * @param declined why nothing was written; empty where something was
 * @param promptTokens read, as the model counts them; empty where it does not count
 * @param completionTokens written, likewise
 * @param cut whether the token limit ended it
 */
public record Generated(
        Optional<Selection.Reason> declined,
        Optional<Integer> promptTokens,
        Optional<Integer> completionTokens,
        boolean cut) {

    /** Of a generator that counts no tokens and was not cut. */
    public static Generated of(Optional<Selection.Reason> declined) {
        return new Generated(declined, Optional.empty(), Optional.empty(), false);
    }
}
