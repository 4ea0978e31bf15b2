package dev.siskin.retrieval.codec;

import dev.siskin.api.Quantization;

/**
 * How many candidates of the graph a level needs, so that the exact cosines of the best are among them.
 *
 * @param oversample candidates for each hit asked for
 * @param floor fewest candidates, however few hits are asked for
 */
public record Rescoring(double oversample, int floor) {
    /** The level's default: a coarser one takes more. Measured for int4 and int1 on 92,922 passages, else between. */
    public static Rescoring of(Quantization quantization) {
        return switch (quantization) {
            case NONE -> new Rescoring(1, 100);
            case INT8 -> new Rescoring(2, 100);
            case INT4 -> new Rescoring(3, 100);
            case INT2 -> new Rescoring(4, 150);
            case INT1 -> new Rescoring(6, 300);
        };
    }

    /** Candidates for {@code k} hits. */
    public int candidates(int k) {
        return candidates(k, oversample);
    }

    /** Candidates for {@code k} hits with another number of candidates for each. */
    public int candidates(int k, double oversampled) {
        return (int) Math.max(floor, Math.ceil(k * oversampled));
    }
}
