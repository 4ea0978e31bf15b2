package dev.siskin.bench.serving;

import dev.siskin.bench.Latencies;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.load.ClosedLoop;
import dev.siskin.bench.load.OpenLoop;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Answers from the hot cache over HTTP, the client on the same machine.
 *
 * <p>Workload: {@value #QUESTIONS} questions, each answered once before, round and round: clients in a closed loop on
 * connections that are kept alive, then an {@link OpenLoop} at fixed rates. Every answer must come from the cache.
 * {@code bench/hits} starts the service and this.
 */
@Command(
        name = "hits",
        mixinStandardHelpOptions = true,
        description = "Answers from the cache of a running inference-service a second, and their latency.")
public final class HitsCommand implements Callable<Integer> {
    private static final int QUESTIONS = 200;
    private static final int MOST_CONNECTIONS = 500;
    private static final long SEED = 42;
    private static final byte[] FROM_CACHE = "\"cache\":\"answer\"".getBytes(StandardCharsets.US_ASCII);
    private static final String ROW = "%-12s %9s %9s %9s %9s %9s %9s%n";

    @Option(names = "--url", defaultValue = "http://127.0.0.1:7300", description = "default: ${DEFAULT-VALUE}")
    private URI url = URI.create("http://127.0.0.1:7300");

    @Option(
            names = "--clients",
            split = ",",
            defaultValue = "1,2,4,8,16",
            description = "in closed loops, a row each (default: ${DEFAULT-VALUE})")
    private List<Integer> clients = new ArrayList<>();

    @Option(
            names = "--rates",
            split = ",",
            defaultValue = "1000,2500,5000",
            description = "requests a second in open loops, a row each (default: ${DEFAULT-VALUE})")
    private List<Integer> rates = new ArrayList<>();

    @Option(names = "--seconds", defaultValue = "10", description = "of each row (default: ${DEFAULT-VALUE})")
    private int seconds = 10;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            description = "seconds before the first row, not counted (default: ${DEFAULT-VALUE})")
    private int warmUp = 20;

    @Mixin
    private StandIns standIns = new StandIns();

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws IOException {
        System.out.println(MachineFacts.line());
        var questions = new Questions(url);
        List<byte[]> requests = IntStream.range(0, QUESTIONS)
                .mapToObj(number -> questions.answer(number, Map.of()))
                .toList();
        System.out.printf(ROW, "load", "a second", "mean ms", "p50 ms", "p99 ms", "longest", "errors");
        try (StandIns.Running _ = standIns.start()) {
            var loop = new ClosedLoop(url, requests);
            loop.run(1, Duration.ofSeconds(60), true);
            requireHits(loop.run(1, Duration.ofSeconds(60), true));
            loop.run(4, Duration.ofSeconds(warmUp), false);
            for (int number : clients) {
                ClosedLoop.Run run = loop.run(number, Duration.ofSeconds(seconds), false);
                requireHits(run);
                report("closed", number, run.perSecond(), run.millis(), run.errors());
            }
            for (int rate : rates) {
                open(requests, rate);
            }
        }
        return 0;
    }

    private static void requireHits(ClosedLoop.Run run) throws IOException {
        if (run.kept().stream().anyMatch(kept -> !isHit(kept.body()))) {
            throw new IOException("an answer did not come from the cache: is inference.cache.max.bytes too small?");
        }
    }

    private static boolean isHit(byte[] answer) {
        return new String(answer, StandardCharsets.UTF_8).contains(new String(FROM_CACHE, StandardCharsets.US_ASCII));
    }

    private void open(List<byte[]> requests, int rate) throws IOException {
        var millis = new Latencies();
        var errors = new AtomicLong();
        long began = System.nanoTime();
        try (var loop = new OpenLoop(
                url,
                number -> requests.get((int) (number % requests.size())),
                answered -> {
                    if (answered.status() != 200 || !isHit(answered.body())) {
                        errors.incrementAndGet();
                        return;
                    }
                    synchronized (millis) {
                        millis.add(answered.millis());
                    }
                },
                MOST_CONNECTIONS,
                SEED)) {
            loop.run(rate, Duration.ofSeconds(seconds));
        }
        report("open", rate, millis.count() * 1e9 / (System.nanoTime() - began), millis, errors.get());
    }

    private void report(String kind, int load, double perSecond, Latencies millis, long errors) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", "hits");
        line.put("loop", kind);
        line.put("load", load);
        line.put("per_second", Math.round(perSecond));
        line.put("mean_ms", OutcomeTable.rounded(millis.mean()));
        line.put("p50_ms", OutcomeTable.rounded(millis.quantile(0.5)));
        line.put("p99_ms", OutcomeTable.rounded(millis.quantile(0.99)));
        line.put("longest_ms", OutcomeTable.rounded(millis.quantile(1)));
        line.put("errors", errors);
        results.add(line);
        String what = kind.equals("closed") ? load + " clients" : load + " a second";
        System.out.printf(
                Locale.ROOT,
                ROW,
                what,
                line.get("per_second"),
                line.get("mean_ms"),
                line.get("p50_ms"),
                line.get("p99_ms"),
                line.get("longest_ms"),
                errors);
    }
}
