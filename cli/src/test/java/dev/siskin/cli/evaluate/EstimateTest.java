package dev.siskin.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EstimateTest {
    @Test
    void equalValues_haveAnIntervalOfNoWidth() {
        assertThat(Estimate.of(List.of(0.25, 0.25, 0.25))).isEqualTo(new Estimate(0.25, 0.25, 0.25));
    }

    @Test
    void zerosAndOnes_haveTheIntervalOfTheBinomial() {
        var values = new ArrayList<Double>();
        for (int i = 0; i < 400; i++) {
            values.add(i % 4 == 0 ? 1.0 : 0.0);
        }
        Estimate estimate = Estimate.of(values);

        // standard error sqrt(.25 * .75 / 400) = .02165; 1.96 of it to either side
        assertThat(estimate.mean()).isEqualTo(0.25);
        assertThat(estimate.low()).isCloseTo(0.25 - 0.0424, within(0.003));
        assertThat(estimate.high()).isCloseTo(0.25 + 0.0424, within(0.003));
    }

    @Test
    void sameValues_haveTheSameInterval() {
        List<Double> values = List.of(0.1, 0.9, 0.4, 0.7, 0.0);
        assertThat(Estimate.of(values)).isEqualTo(Estimate.of(values));
    }
}
