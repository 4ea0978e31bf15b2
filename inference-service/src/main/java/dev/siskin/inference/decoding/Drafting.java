package dev.siskin.inference.decoding;

/** Whether a sequence that runs alone is written several tokens a run. */
public enum Drafting {
    /** One token a run. */
    NONE,
    /**
     * Tokens are drafted from what stands in the prompt and checked by the model: the same output but for the rounding of a
     * longer run and, where activations are quantized, for the scale that its tokens share.
     */
    PROMPT_LOOKUP
}
