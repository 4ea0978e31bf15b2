package dev.siskin.inference.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Tier;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class StageClockTest {
    private final AtomicLong nanos = new AtomicLong(1_000);

    @Test
    void timings_laps_addUpByStage() {
        var clock = new StageClock(nanos::get);
        nanos.addAndGet(2_000_000);
        clock.lap(Stage.SHAPE);
        nanos.addAndGet(5_000_000);
        clock.lap(Stage.RETRIEVE);
        nanos.addAndGet(1_500_000);
        clock.lap(Stage.SHAPE);

        assertThat(clock.timings().shape()).isEqualTo(3.5);
        assertThat(clock.timings().retrieve()).isEqualTo(5);
        assertThat(clock.timings().generate()).isZero();
        assertThat(clock.timings().total()).isEqualTo(8.5);
    }

    @Test
    void cost_ofAnHour_isThePriceOfTheHour() {
        assertThat(new CostModel(0.02, Map.of()).of(3_600_000).usd()).isEqualTo(0.02);
        assertThat(new CostModel(0.02, Map.of()).of(26).usdPer1k()).isEqualTo(0.000144);
        assertThat(new CostModel(0, Map.of()).of(26).usd()).isZero();
    }

    @Test
    void cost_ofATierWithAPrice_addsItsTokens() {
        var costs = new CostModel(0.02, Map.of(Tier.LARGE, new TokenPrice(2.5, 10)));
        var large = new TokensSpent(Tier.LARGE, 1_000, 100);
        var extractive = new TokensSpent(Tier.EXTRACTIVE, 1_000, 100);

        assertThat(costs.of(0, List.of(large)).usd()).isEqualTo(0.0035);
        assertThat(costs.of(3_600_000, List.of(large)).usd()).isEqualTo(0.0235);
        assertThat(costs.of(0, List.of(extractive)).usd()).isZero();
        assertThat(costs.of(0, List.of(extractive, large, large)).usd()).isEqualTo(0.007);
    }
}
