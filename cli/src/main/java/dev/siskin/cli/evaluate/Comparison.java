package dev.siskin.cli.evaluate;

import dev.siskin.api.SearchMode;
import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.evaluate.Evaluation.Judgments;
import dev.siskin.cli.evaluate.Evaluation.MetricResult;
import dev.siskin.cli.evaluate.Evaluation.ModeResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An evaluation beside an earlier one or another collection's, query by query.
 *
 * @param maxLoss of nDCG@10
 * @param passed whether nDCG@10 has fallen by no more than that in every mode
 */
public record Comparison(double maxLoss, boolean passed, List<ModeDifference> modes) {
    /** What rounding may add to a difference. */
    private static final double ROUNDING = 1e-9;

    /** The differences of one mode. */
    public record ModeDifference(SearchMode mode, List<MetricDifference> metrics) {}

    /**
     * The mean of the differences of each query, with its 95 % confidence interval.
     *
     * @param better queries with a higher value than in the baseline
     * @param worse queries with a lower one
     */
    public record MetricDifference(
            String metric,
            double baseline,
            double now,
            double difference,
            double low,
            double high,
            int better,
            int worse) {}

    /** Compares the modes and metrics that both have; both must be of the same judgments and complete. */
    public static Comparison of(Evaluation baseline, Evaluation now, double maxLoss) {
        var modes = new ArrayList<ModeDifference>();
        for (ModeResult mode : now.modes()) {
            baseline.mode(mode.mode()).ifPresent(before -> modes.add(difference(baseline, before, now, mode)));
        }
        var comparison = new Comparison(maxLoss, false, modes);
        return new Comparison(maxLoss, comparison.losses().isEmpty(), modes);
    }

    private static ModeDifference difference(Evaluation baseline, ModeResult before, Evaluation now, ModeResult mode) {
        var differences = new ArrayList<MetricDifference>();
        for (MetricResult metric : mode.metrics()) {
            before.metric(metric.metric()).ifPresent(old -> {
                Map<String, Double> earlier = values(baseline, old);
                var pairs = new ArrayList<Double>();
                values(now, metric)
                        .forEach((query, value) -> pairs.add(value - Objects.requireNonNull(earlier.get(query))));
                Estimate estimate = Estimate.of(pairs);
                differences.add(new MetricDifference(
                        metric.metric(),
                        old.mean(),
                        metric.mean(),
                        estimate.mean(),
                        estimate.low(),
                        estimate.high(),
                        (int) pairs.stream().filter(pair -> pair > ROUNDING).count(),
                        (int) pairs.stream().filter(pair -> pair < -ROUNDING).count()));
            });
        }
        return new ModeDifference(mode.mode(), differences);
    }

    private static Map<String, Double> values(Evaluation evaluation, MetricResult metric) {
        List<String> queries = Objects.requireNonNull(evaluation.queryIds());
        List<Double> values = Objects.requireNonNull(metric.values());
        var byQuery = new HashMap<String, Double>();
        for (int query = 0; query < queries.size(); query++) {
            byQuery.put(queries.get(query), values.get(query));
        }
        return byQuery;
    }

    /** The modes whose nDCG@10 has fallen too far: {@code vector -0.0523}. */
    public List<String> losses() {
        var losses = new ArrayList<String>();
        for (ModeDifference mode : modes) {
            for (MetricDifference metric : mode.metrics()) {
                if (metric.metric().equals(Metric.NDCG_AT_10.label()) && -metric.difference() > maxLoss + ROUNDING) {
                    losses.add("%s %s".formatted(SearchModes.name(mode.mode()), Figures.signed(metric.difference())));
                }
            }
        }
        return losses;
    }

    /**
     * Checks before anything is measured that a saved evaluation can be compared with.
     *
     * @param name of the baseline, for the error
     * @throws CommandFailure naming what differs
     */
    public static void require(String name, Evaluation baseline, Judgments now, List<SearchMode> modes) {
        Judgments before = baseline.judgments();
        if (!before.split().equals(now.split())) {
            throw new CommandFailure("%s was measured with split %s, not %s; compare the same split"
                    .formatted(name, before.split(), now.split()));
        }
        if (!before.corpusSha256().equals(now.corpusSha256())) {
            throw new CommandFailure("%s was measured with another corpus (%s) than %s: %s differs; measure it anew"
                    .formatted(name, before.source(), now.source(), BeirFolder.CORPUS));
        }
        if (!before.judgmentsSha256().equals(now.judgmentsSha256())) {
            throw new CommandFailure(
                    "%s was measured with other queries or judgments (%d queries, now %d); measure it anew"
                            .formatted(name, before.queries(), now.queries()));
        }
        List<SearchMode> lacking =
                modes.stream().filter(mode -> baseline.mode(mode).isEmpty()).toList();
        if (!lacking.isEmpty()) {
            throw new CommandFailure("%s has no mode %s; choose with --mode of: %s"
                    .formatted(
                            name,
                            SearchModes.names(lacking),
                            SearchModes.names(baseline.modes().stream()
                                    .map(ModeResult::mode)
                                    .toList())));
        }
    }
}
