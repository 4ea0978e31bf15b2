package dev.siskin.inference.decoding;

/** How the tokens of a sequence are chosen: by the model, or, to measure what a known answer costs, given beforehand. */
public sealed interface TokenChoice permits Sampling, Recorded {

    /** Chooses the tokens of one sequence, one behind the other. Not thread-safe. */
    interface Chooser {
        /**
         * The next token.
         *
         * @param logits of the last position, {@code [vocabulary]}; may be changed
         * @throws DecodingException where the highest of them is not a finite number
         */
        int next(float[] logits);
    }

    /** For one sequence. */
    Chooser begin(int[] prompt);
}
