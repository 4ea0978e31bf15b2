package dev.siskin.cli.evaluate;

import dev.siskin.cli.evaluate.Comparison.MetricDifference;
import dev.siskin.cli.evaluate.Comparison.ModeDifference;
import dev.siskin.cli.evaluate.Evaluation.Judgments;
import dev.siskin.cli.evaluate.Evaluation.MetricResult;
import dev.siskin.cli.evaluate.Evaluation.ModeResult;
import dev.siskin.cli.evaluate.Evaluation.Searched;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.print.Table;
import dev.siskin.cli.print.Terminal;
import java.util.Locale;

/** Prints what was measured with what, a row for each mode and metric, and the differences from a baseline. */
public final class EvaluationPrinter {
    private final Terminal terminal;

    public EvaluationPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What was measured with what, and the means. */
    public void print(Evaluation evaluation) {
        Judgments judgments = evaluation.judgments();
        terminal.line("%s, split %s: %,d queries, %s"
                .formatted(
                        judgments.source(),
                        judgments.split(),
                        judgments.queries(),
                        Amounts.count(judgments.documents(), "judged document")));
        terminal.line(line(evaluation.collection()));
        terminal.line();
        Table table = Table.of("mode", "metric", "mean", "95 % interval");
        for (ModeResult mode : evaluation.modes()) {
            for (MetricResult metric : mode.metrics()) {
                table.row(
                        SearchModes.name(mode.mode()),
                        metric.metric(),
                        Figures.plain(metric.mean()),
                        Figures.plain(metric.low()) + " to " + Figures.plain(metric.high()));
            }
        }
        table.print(terminal, 0);
        terminal.line();
    }

    /** Both means of each metric, and their difference. */
    public void print(String baseline, Comparison comparison) {
        terminal.line("against " + baseline);
        Table table = Table.of("mode", "metric", "baseline", "now", "difference", "95 % interval", "better", "worse");
        for (ModeDifference mode : comparison.modes()) {
            for (MetricDifference metric : mode.metrics()) {
                table.row(
                        SearchModes.name(mode.mode()),
                        metric.metric(),
                        Figures.plain(metric.baseline()),
                        Figures.plain(metric.now()),
                        Figures.signed(metric.difference()),
                        Figures.signed(metric.low()) + " to " + Figures.signed(metric.high()),
                        Integer.toString(metric.better()),
                        Integer.toString(metric.worse()));
            }
        }
        table.print(terminal, 0);
    }

    private static String line(Searched collection) {
        return "collection %s: %s, %s, %s, generation %d"
                .formatted(
                        collection.name(),
                        Amounts.count(collection.documents(), "document"),
                        collection.embeddingModel(),
                        collection.quantization().name().toLowerCase(Locale.ROOT),
                        collection.generation());
    }
}
