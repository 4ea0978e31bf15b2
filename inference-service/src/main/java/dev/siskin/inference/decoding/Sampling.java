package dev.siskin.inference.decoding;

/**
 * How the next token is chosen. The repetition penalty comes first, then temperature, top-k, top-p and min-p in this
 * order, as in Hugging Face transformers.
 *
 * @param temperature       above 0, what logits are divided by; 0 takes the likeliest token
 * @param topK              how many of the likeliest tokens are drawn from; 0 for all
 * @param topP              above 0 to 1, the share of the probability that the likeliest tokens drawn from have together;
 *                          1 for all
 * @param minP              0 to below 1, a token's least probability as a share of the likeliest one's; 0 for none
 * @param repetitionPenalty above 0, what positive logits of tokens that have been are divided by, and negative ones
 *                          multiplied by; 1 for none (CTRL, arXiv:1909.05858)
 * @param seed              of the draws: the same seed draws the same tokens, whatever else runs
 */
public record Sampling(double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed)
        implements TokenChoice {

    /** The likeliest token each time. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0);

    public Sampling {
        check(temperature >= 0 && Double.isFinite(temperature), "temperature must be 0 or above", temperature);
        check(topK >= 0, "topK must be 0 or above", topK);
        check(topP > 0 && topP <= 1, "topP must be above 0 and at most 1", topP);
        check(minP >= 0 && minP < 1, "minP must be at least 0 and below 1", minP);
        check(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetitionPenalty must be above 0",
                repetitionPenalty);
    }

    private static void check(boolean holds, String rule, double value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ": " + value);
        }
    }

    @Override
    public Chooser begin(int[] prompt) {
        return new Sampler(this, prompt);
    }

    /** Whether each token is the likeliest one. */
    public boolean isGreedy() {
        return temperature == 0;
    }
}
