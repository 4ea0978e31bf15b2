package dev.siskin.retrieval.codec;

import dev.siskin.api.Quantization;

/**
 * How many candidates of the graph a level needs, so that the exact cosines of the best are among them.
 *
 * @param oversample candidates for each hit asked for
 * @param usual fewest candidates, however few hits are asked for, where the request does not say how many
 */
public record Rescoring(double oversample, int usual) {
    /** Fewest candidates, whatever a request says: recall@10 is .90 with them at the coarsest level. */
    public static final int FLOOR = 50;

    /**
     * The level's default. Measured on 100,000 passages, ten hits: recall .976 to .977 at all levels but int1, which has
     * .984 with 200 candidates and .958 with 100 ({@code docs/benchmarks/results.md}).
     */
    public static Rescoring of(Quantization quantization) {
        return switch (quantization) {
            case NONE -> new Rescoring(1, 100);
            case INT8 -> new Rescoring(2, 100);
            case INT4 -> new Rescoring(3, 100);
            case INT2 -> new Rescoring(4, 100);
            case INT1 -> new Rescoring(6, 200);
        };
    }

    /** Candidates for {@code k} hits. */
    public int candidates(int k) {
        return (int) Math.max(usual, Math.ceil(k * oversample));
    }

    /** Candidates for {@code k} hits where the request says how many for each. */
    public int candidates(int k, double oversampled) {
        return (int) Math.max(FLOOR, Math.ceil(k * oversampled));
    }
}
