package dev.siskin.inference.decoding;

import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Chooses the tokens of one sequence. Its draws depend on its seed and the logits it is given alone. Not thread-safe.
 *
 * <p>Only as many tokens are sorted as a draw can reach: for top-k a heap of k, and for top-p alone those within a
 * distance of the highest logit that have the share together, a few dozen of 150,000 mostly.
 */
final class Sampler implements TokenChoice.Chooser {
    /** Distances below the highest logit, in units of the temperature, within which top-p looks first. */
    private static final double[] NEAR = {4, 8, 16, Double.POSITIVE_INFINITY};

    private static final RandomGeneratorFactory<RandomGenerator> RANDOM = RandomGeneratorFactory.of("L64X128MixRandom");

    private final Sampling sampling;
    private final RandomGenerator random;
    private final BitSet seen = new BitSet();

    /** Sorted, the likeliest first: the logit's order above the token's 32 bits. */
    private long[] candidates = new long[64];

    private int count;

    Sampler(Sampling sampling, int[] prompt) {
        this.sampling = sampling;
        this.random = RANDOM.create(sampling.seed());
        if (sampling.repetitionPenalty() != 1) {
            for (int token : prompt) {
                seen.set(token);
            }
        }
    }

    /** Changes the logits where there is a repetition penalty. */
    @Override
    public int next(float[] logits) {
        punish(logits);
        int likeliest = likeliest(logits);
        if (!Float.isFinite(logits[likeliest])) {
            throw new DecodingException("the model's logits are not finite: highest=" + logits[likeliest]);
        }
        int token = sampling.isGreedy() ? likeliest : draw(logits, logits[likeliest]);
        if (sampling.repetitionPenalty() != 1) {
            seen.set(token);
        }
        return token;
    }

    /** The token of the highest logit, the lowest id of equals. */
    static int likeliest(float[] logits) {
        int best = 0;
        for (int token = 1; token < logits.length; token++) {
            if (logits[token] > logits[best]) {
                best = token;
            }
        }
        return best;
    }

    private void punish(float[] logits) {
        float penalty = (float) sampling.repetitionPenalty();
        for (int token = seen.nextSetBit(0); token >= 0; token = seen.nextSetBit(token + 1)) {
            logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
        }
    }

    private int draw(float[] logits, float highest) {
        for (int token = 0; token < logits.length; token++) {
            if (Float.isNaN(logits[token])) {
                logits[token] = Float.NEGATIVE_INFINITY; // one of them would make all shares NaN
            }
        }
        if (sampling.topK() > 0 && sampling.topK() < logits.length) {
            gatherTop(logits, sampling.topK());
            double mass = 0;
            for (int i = 0; i < count; i++) {
                mass += weight(logit(candidates[i]), highest);
            }
            return drawSorted(highest, mass);
        }
        if (sampling.topP() < 1) {
            return drawSorted(highest, gatherShare(logits, highest));
        }
        return drawFromAll(logits, highest);
    }

    /** The share of a token beside the likeliest one's, which is 1. */
    private double weight(float logit, float highest) {
        return Math.exp(((double) logit - highest) / sampling.temperature());
    }

    private int drawFromAll(float[] logits, float highest) {
        double sum = 0;
        for (float logit : logits) {
            sum += kept(weight(logit, highest));
        }
        double at = random.nextDouble() * sum;
        int last = 0;
        for (int token = 0; token < logits.length; token++) {
            double weight = kept(weight(logits[token], highest));
            if (weight > 0) {
                last = token;
                at -= weight;
                if (at < 0) {
                    return token;
                }
            }
        }
        return last; // rounding alone comes here
    }

    private double kept(double weight) {
        return weight >= sampling.minP() ? weight : 0;
    }

    /** Draws from the first candidates that have the share of the mass together, each at least min-p. */
    private int drawSorted(float highest, double mass) {
        double share = sampling.topP() * mass;
        double sum = 0;
        int kept = 0;
        while (kept < count && sum < share) {
            double weight = weight(logit(candidates[kept]), highest);
            if (weight < sampling.minP()) {
                break;
            }
            sum += weight;
            kept++;
        }
        double at = random.nextDouble() * sum;
        for (int i = 0; i < kept - 1; i++) {
            at -= weight(logit(candidates[i]), highest);
            if (at < 0) {
                return token(candidates[i]);
            }
        }
        return token(candidates[kept - 1]);
    }

    /** Gathers the likeliest tokens that have top-p's share together, and some more; returns the mass of all. */
    private double gatherShare(float[] logits, float highest) {
        double mass = 0;
        for (float logit : logits) {
            mass += weight(logit, highest);
        }
        for (double distance : NEAR) {
            double from = highest - distance * sampling.temperature();
            double near = 0;
            count = 0;
            for (int token = 0; token < logits.length; token++) {
                if (logits[token] >= from) {
                    near += weight(logits[token], highest);
                    add(candidate(logits[token], token));
                }
            }
            if (near >= sampling.topP() * mass) {
                break;
            }
        }
        Arrays.sort(candidates, 0, count);
        return mass;
    }

    private void add(long candidate) {
        if (count == candidates.length) {
            candidates = Arrays.copyOf(candidates, 2 * count);
        }
        candidates[count++] = candidate;
    }

    /** Gathers the likeliest k: a heap of them with the least likely one, which is the greatest number, on top. */
    private void gatherTop(float[] logits, int k) {
        count = 0;
        for (int token = 0; token < logits.length; token++) {
            long candidate = candidate(logits[token], token);
            if (count < k) {
                add(candidate);
                siftUp(count - 1);
            } else if (candidate < candidates[0]) {
                candidates[0] = candidate;
                siftDown();
            }
        }
        Arrays.sort(candidates, 0, count);
    }

    private void siftUp(int from) {
        int at = from;
        while (at > 0 && candidates[at] > candidates[(at - 1) / 2]) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void siftDown() {
        int at = 0;
        for (int child = 1; child < count; child = 2 * at + 1) {
            if (child + 1 < count && candidates[child + 1] > candidates[child]) {
                child++;
            }
            if (candidates[at] >= candidates[child]) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int a, int b) {
        long kept = candidates[a];
        candidates[a] = candidates[b];
        candidates[b] = kept;
    }

    /** Smaller for likelier tokens, and for the lower id of equals. */
    private static long candidate(float logit, int token) {
        int bits = Float.floatToIntBits(logit);
        int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ~ascending << 32) | token;
    }

    private static int token(long candidate) {
        return (int) candidate;
    }

    private static float logit(long candidate) {
        int ascending = ~(int) (candidate >> 32);
        return Float.intBitsToFloat(ascending ^ ((ascending >> 31) & Integer.MAX_VALUE));
    }
}
