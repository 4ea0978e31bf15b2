package dev.siskin.bench.serving;

import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.load.OpenLoop;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a client sees of inference-service before, in and after a storm, and what the storm does to its memory.
 *
 * <p>Workload: an {@link OpenLoop} of questions that are all different, before {@link StandIns}, so that the capacity of
 * tier small is known: its slots by the milliseconds of an answer. A share of the questions allows no degraded answer,
 * and is shed where the others take a step of the ladder. {@code bench/overload} starts the service and this.
 */
@Command(
        name = "overload",
        mixinStandardHelpOptions = true,
        description = "Answers, steps down and refusals second by second, below and far above capacity.")
public final class OverloadCommand implements Callable<Integer> {
    private static final long SEED = 42;

    /** Less than the server takes. */
    private static final int MOST_CONNECTIONS = 1_000;

    private static final double SHED_MS = 10;
    private static final int RECOVERY_SECONDS = 5;
    private static final double FLAT = 1.1;
    private static final double AS_IT_WAS = 1.2;
    private static final String ROW = "%7s %7s %7s %9s %7s %7s %9s %9s %9s %9s %9s %9s %9s %9s%n";

    @Option(names = "--url", defaultValue = "http://127.0.0.1:7300", description = "default: ${DEFAULT-VALUE}")
    private URI url = URI.create("http://127.0.0.1:7300");

    @Option(names = "--pid", required = true, description = "process of the service, for its memory")
    private long pid;

    @Option(
            names = "--slots",
            defaultValue = "4",
            description = "answers the service asks of the model at once (default: ${DEFAULT-VALUE})")
    private int slots = 4;

    @Option(
            names = "--factors",
            split = ",",
            defaultValue = "0.5,1,2,10,0.5",
            description = "of capacity, one phase each; the last one is the recovery (default: ${DEFAULT-VALUE})")
    private List<Double> factors = new ArrayList<>();

    @Option(names = "--seconds", defaultValue = "20", description = "of each phase (default: ${DEFAULT-VALUE})")
    private int seconds = 20;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            description =
                    "seconds at capacity and at the highest factor before them, not counted (default: ${DEFAULT-VALUE})")
    private int warmUp = 20;

    @Option(names = "--deadline-ms", defaultValue = "2000", description = "default: ${DEFAULT-VALUE}")
    private int deadlineMs = 2_000;

    @Option(
            names = "--strict",
            defaultValue = "0.5",
            description = "share of the questions that allow no degraded answer (default: ${DEFAULT-VALUE})")
    private double strict = 0.5;

    @Mixin
    private StandIns standIns = new StandIns();

    @Mixin
    private ResultLines results = new ResultLines();

    /** A part of the load, from a second to another. */
    private record Phase(double factor, double from, double to) {}

    @Override
    public Integer call() throws IOException {
        double capacity = slots * 1_000.0 / standIns.modelMs();
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "capacity %.0f answers a second (%d slots, %d ms), deadline %d ms, %.0f %% allow no degraded answer, seed %d%n",
                capacity,
                slots,
                standIns.modelMs(),
                deadlineMs,
                100 * strict,
                SEED);
        List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
        List<Phase> phases = new ArrayList<>();
        var questions = new Questions(url);
        try (StandIns.Running _ = standIns.start();
                var memory = new ServiceMemory(pid)) {
            var loop = new OpenLoop(
                    url,
                    number -> questions.answer(number, fields(number)),
                    answered -> outcomes.add(Outcome.of(answered)),
                    MOST_CONNECTIONS,
                    SEED);
            System.out.printf(
                    Locale.ROOT,
                    "memory before the first question: %.1f MiB%n",
                    memory.read().together());
            try (loop) {
                double at = warmUp(loop, capacity);
                memory.start(loop::now);
                for (double factor : factors) {
                    phases.add(new Phase(factor, at, at + seconds));
                    loop.run(factor * capacity, Duration.ofSeconds(seconds));
                    at += seconds;
                }
            }
            report(new OutcomeTable(List.copyOf(outcomes)), phases, memory);
        }
        return 0;
    }

    /** Until the code of every way is compiled: capacity, the storm, and a pause in which its queue empties. */
    private double warmUp(OpenLoop loop, double capacity) {
        double most = Collections.max(factors);
        loop.run(capacity, Duration.ofSeconds(warmUp));
        loop.run(most * capacity, Duration.ofSeconds(warmUp / 2));
        loop.run(capacity / 4, Duration.ofSeconds(RECOVERY_SECONDS));
        return warmUp + warmUp / 2 + RECOVERY_SECONDS;
    }

    private Map<String, Object> fields(long number) {
        boolean allowed = Math.floor(number * strict) == Math.floor((number + 1) * strict);
        return Map.of("deadline_ms", deadlineMs, "allow_degraded", allowed);
    }

    private void report(OutcomeTable all, List<Phase> phases, ServiceMemory memory) throws IOException {
        System.out.printf(ROW, "", "", "", "", "", "", "whole", "", "degraded", "", "shed", "", "memory", "processor");
        System.out.printf(
                ROW,
                "factor",
                "sent",
                "whole",
                "degraded",
                "shed",
                "other",
                "p50 ms",
                "p99 ms",
                "p50 ms",
                "p99 ms",
                "p50 ms",
                "p99 ms",
                "MiB",
                "ms each");
        double begin = phases.getFirst().from();
        for (Phase phase : phases) {
            for (double second = phase.from(); second < phase.to(); second++) {
                results.add(line(
                        "second",
                        all.between(second, second + 1),
                        phase,
                        second - begin,
                        memory.highest(second, second + 1)));
            }
            OutcomeTable of = all.between(phase.from(), phase.to());
            ServiceMemory.Reading highest = memory.highest(phase.from(), phase.to());
            double processorMs = 1e3 * memory.processor(phase.from(), phase.to());
            Map<String, Object> line = line("phase", of, phase, phase.from() - begin, highest);
            line.put(
                    "processor_ms_each",
                    OutcomeTable.rounded(processorMs / Math.max(1, of.outcomes().size())));
            results.add(line);
            System.out.printf(
                    ROW,
                    line.get("factor"),
                    line.get("sent"),
                    line.get("whole"),
                    line.get("degraded"),
                    line.get("shed"),
                    line.get("other"),
                    line.get("whole_p50_ms"),
                    line.get("whole_p99_ms"),
                    line.get("degraded_p50_ms"),
                    line.get("degraded_p99_ms"),
                    line.get("shed_p50_ms"),
                    line.get("shed_p99_ms"),
                    OutcomeTable.rounded(highest.together()),
                    line.get("processor_ms_each"));
            System.out.println("        steps " + line.get("steps") + ", statuses " + line.get("statuses"));
        }
        judge(all, phases, memory);
    }

    private Map<String, Object> line(
            String what, OutcomeTable table, Phase phase, double second, ServiceMemory.Reading memory) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", "overload-" + what);
        line.put("second", OutcomeTable.rounded(second));
        line.put("factor", phase.factor());
        line.put("deadline_ms", deadlineMs);
        line.putAll(table.line());
        line.put("anonymous_mib", OutcomeTable.rounded(memory.anonymous()));
        line.put("kernel_mib", OutcomeTable.rounded(memory.kernel()));
        return line;
    }

    private void judge(OutcomeTable all, List<Phase> phases, ServiceMemory memory) {
        Phase calm = phases.getFirst();
        Phase storm = phases.stream()
                .max((one, other) -> Double.compare(one.factor(), other.factor()))
                .orElseThrow();
        Phase after = phases.getLast();
        OutcomeTable calmly = all.between(calm.from(), calm.to());
        OutcomeTable stormy = all.between(storm.from(), storm.to());
        Verdict.print(
                calmly.count(Outcome::isWhole) > 0 && stormy.count(Outcome::isWhole) > 0,
                "the model answers before and in the storm");
        OutcomeTable later = all.between(after.from() + RECOVERY_SECONDS, after.to());
        double before = memory.highest(calm.from(), calm.to()).together();
        double most = memory.highest(storm.from(), storm.to()).together();
        Verdict.print(
                most <= FLAT * before,
                String.format(Locale.ROOT, "memory stays flat: %.1f MiB before, %.1f MiB in the storm", before, most));
        double admitted = stormy.millis(outcome -> outcome.status() == 200, 0.99);
        Verdict.print(
                admitted <= deadlineMs,
                String.format(
                        Locale.ROOT,
                        "admitted requests keep their deadline: p99 %.0f ms of %d ms",
                        admitted,
                        deadlineMs));
        double shed = stormy.millis(Outcome::isShed, 0.99);
        Verdict.print(
                shed < SHED_MS,
                String.format(Locale.ROOT, "the rest is shed in under %.0f ms: p99 %.2f ms", SHED_MS, shed));
        long other = stormy.count(Outcome::isOther);
        Verdict.print(
                other == 0,
                String.format(Locale.ROOT, "with the right status: %d were neither answered nor 503 nor 429", other));
        double median = calmly.millis(Outcome::isWhole, 0.5);
        double medianLater = later.millis(Outcome::isWhole, 0.5);
        double slow = calmly.millis(Outcome::isWhole, 0.99);
        double slowLater = later.millis(Outcome::isWhole, 0.99);
        Verdict.print(
                medianLater > 0 && medianLater <= AS_IT_WAS * median && slowLater <= AS_IT_WAS * slow,
                String.format(
                        Locale.ROOT,
                        "latency %d s after the storm: p50 %.1f ms where it was %.1f, p99 %.1f ms where it was %.1f",
                        RECOVERY_SECONDS,
                        medianLater,
                        median,
                        slowLater,
                        slow));
    }
}
