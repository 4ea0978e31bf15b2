package dev.siskin.inference.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SamplerTest {
    private static final int DRAWS = 10_000;

    /** Probabilities .5, .25, .125, .125, out of order. */
    private static final float[] LOGITS = logits(.125, .5, .125, .25);

    private static float[] logits(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(probabilities[i]);
        }
        return logits;
    }

    /** How often each token was drawn, of 1. */
    private static double[] shares(Sampling sampling, float[] logits) {
        return shares(sampling, logits, DRAWS);
    }

    private static double[] shares(Sampling sampling, float[] logits, int draws) {
        var sampler = new Sampler(sampling, new int[] {0});
        double[] shares = new double[logits.length];
        for (int i = 0; i < draws; i++) {
            shares[sampler.next(logits.clone())] += 1.0 / draws;
        }
        return shares;
    }

    private static void assertShares(Sampling sampling, double... expected) {
        assertThat(shares(sampling, LOGITS)).containsExactly(expected, within(.02));
    }

    @Test
    void greedy_takesTheHighest_andTheFirstOfEquals() {
        var sampler = new Sampler(Sampling.GREEDY, new int[] {1});

        assertThat(sampler.next(LOGITS.clone())).isEqualTo(1);
        assertThat(sampler.next(new float[] {-3, -1, -1, -2})).isEqualTo(1);
    }

    @Test
    void temperature_scalesTheLogits() {
        assertShares(new Sampling(1, 0, 1, 0, 1, 7), .125, .5, .125, .25);
        // squares of the probabilities, divided by their sum, 22/64
        assertShares(new Sampling(.5, 0, 1, 0, 1, 7), 1 / 22.0, 16 / 22.0, 1 / 22.0, 4 / 22.0);
    }

    @Test
    void topK_drawsFromTheLikeliest_lowestIdsFirst() {
        assertShares(new Sampling(1, 2, 1, 0, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
        assertShares(new Sampling(1, 3, 1, 0, 1, 7), .125 / .875, .5 / .875, 0, .25 / .875);
    }

    @Test
    void topP_keepsTheTokenThatReachesTheShare() {
        assertShares(new Sampling(1, 0, .5, 0, 1, 7), 0, 1, 0, 0);
        assertShares(new Sampling(1, 0, .51, 0, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
        assertShares(new Sampling(1, 0, .75, 0, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
    }

    @Test
    void topP_isOfWhatTopKLeaves() {
        // of the three that are left .5/.875 = .571 and .25/.875 = .286
        assertShares(new Sampling(1, 3, .57, 0, 1, 7), 0, 1, 0, 0);
        assertShares(new Sampling(1, 3, .58, 0, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
    }

    @Test
    void minP_isAShareOfTheLikeliest() {
        assertShares(new Sampling(1, 0, 1, .49, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
        assertShares(new Sampling(1, 0, 1, .51, 1, 7), 0, 1, 0, 0);
        assertShares(new Sampling(1, 4, .99, .4, 1, 7), 0, 2 / 3.0, 0, 1 / 3.0);
    }

    @Test
    void repetitionPenalty_lowersWhatHasBeen_ofEitherSign() {
        var sampler = new Sampler(new Sampling(0, 0, 1, 0, 2, 0), new int[] {0, 3});

        assertThat(sampler.next(new float[] {6, 4, 1, 5})).isEqualTo(1); // 3, 4, 1, 2.5
        assertThat(sampler.next(new float[] {6, 4, 1, 5})).isEqualTo(0); // 3, 2, 1, 2.5
        assertThat(sampler.next(new float[] {-2, -3, -3.5f, -2})).isEqualTo(2); // -4, -6, -3.5, -4
    }

    @Test
    void topK_findsTheSameAsSorting() {
        var random = new Random(11);
        float[] logits = new float[5_000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * (i % 7 - 3);
        }
        float[] sorted = logits.clone();
        Arrays.sort(sorted);
        float least = sorted[sorted.length - 40];
        double[] shares = shares(new Sampling(50, 40, 1, 0, 1, 3), logits, 1_000);

        for (int i = 0; i < logits.length; i++) {
            assertThat(shares[i] > 0).as("token %d", i).isEqualTo(logits[i] >= least);
        }
    }

    @Test
    void topP_ofManyFlatLogits_reachesBeyondTheNearOnes() {
        float[] logits = new float[1_000];
        logits[17] = 30; // all the others share what is left: e^-30 each, far below the highest
        double[] shares = shares(new Sampling(4, 0, .9, 0, 1, 3), logits, 2_000);

        // at temperature 4 the first has 1 of 1 + 999 e^-7.5 = 1.5525 and is drawn as a part of .9 of that
        assertThat(shares[17]).isCloseTo(1 / (1.5525 * .9), within(.04));
    }

    @Test
    void seed_repeatsTheDraws() {
        Sampling sampling = new Sampling(1, 0, .95, 0, 1, 42);

        assertThat(shares(sampling, LOGITS)).isEqualTo(shares(sampling, LOGITS));
        assertThat(shares(sampling, LOGITS)).isNotEqualTo(shares(new Sampling(1, 0, .95, 0, 1, 43), LOGITS));
    }

    @Test
    void logitsThatAreNoNumbers_areAFailure() {
        var sampler = new Sampler(Sampling.GREEDY, new int[] {0});

        assertThatThrownBy(() -> sampler.next(new float[] {Float.NaN, Float.NaN}))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void sampling_outOfRange_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Sampling(-1, 0, 1, 0, 1, 0))
                .withMessage("temperature must be 0 or above: -1.0");
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampling(1, 0, 0, 0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampling(1, 0, 1, 1, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampling(1, 0, 1, 0, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampling(1, -1, 1, 0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampling(Double.NaN, 0, 1, 0, 1, 0));
    }
}
