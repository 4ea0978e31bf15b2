package dev.siskin.bench.serving;

import dev.siskin.bench.Latencies;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Figures of the outcomes of some seconds, in the order in which tables and lines of results have them. */
record OutcomeTable(List<Outcome> outcomes) {
    OutcomeTable between(double fromSecond, double toSecond) {
        return new OutcomeTable(outcomes.stream()
                .filter(outcome -> outcome.due() >= fromSecond && outcome.due() < toSecond)
                .toList());
    }

    /** Milliseconds at this share of those that pass; 0 where none does. */
    double millis(Predicate<Outcome> which, double share) {
        var latencies = new Latencies();
        outcomes.stream().filter(which).mapToDouble(Outcome::millis).forEach(latencies::add);
        return latencies.quantile(share);
    }

    long count(Predicate<Outcome> which) {
        return outcomes.stream().filter(which).count();
    }

    Map<String, Object> line() {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("sent", outcomes.size());
        line.put("whole", count(Outcome::isWhole));
        line.put("degraded", count(Outcome::isDegraded));
        line.put("shed", count(Outcome::isShed));
        line.put("other", count(Outcome::isOther));
        line.put("whole_p50_ms", rounded(millis(Outcome::isWhole, 0.5)));
        line.put("whole_p99_ms", rounded(millis(Outcome::isWhole, 0.99)));
        line.put("degraded_p50_ms", rounded(millis(Outcome::isDegraded, 0.5)));
        line.put("degraded_p99_ms", rounded(millis(Outcome::isDegraded, 0.99)));
        line.put("shed_p50_ms", rounded(millis(Outcome::isShed, 0.5)));
        line.put("shed_p99_ms", rounded(millis(Outcome::isShed, 0.99)));
        line.put(
                "steps",
                counted(outcomes.stream()
                        .filter(Outcome::isDegraded)
                        .map(Outcome::step)
                        .toList()));
        line.put(
                "statuses",
                counted(outcomes.stream()
                        .filter(outcome -> outcome.status() != 200)
                        .map(outcome -> Integer.toString(outcome.status()))
                        .toList()));
        return line;
    }

    static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static Map<String, Long> counted(List<String> names) {
        return names.stream().collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }
}
