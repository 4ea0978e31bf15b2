package dev.siskin.bench.batching;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerRequest.Priority;
import dev.siskin.auth.ServiceTier;
import dev.siskin.bench.Latencies;
import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.inference.batching.AdmissionQueue;
import dev.siskin.inference.batching.BatchWindow;
import dev.siskin.inference.batching.Demand;
import dev.siskin.inference.batching.QueueLimits;
import dev.siskin.inference.batching.QueueReading;
import dev.siskin.inference.batching.WindowDrain;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Throughput and waits of {@link WindowDrain} by the batch size, before one worker whose batch takes a fixed time and a
 * time for each job: it sleeps, so that it takes no processor from the queue.
 *
 * <p><b>Busy</b>: clients in a closed loop, each asking again as soon as it is answered. <b>Sparse</b>: jobs arrive at
 * random times (exponential gaps, fixed seed), so many a second as take half the time of a worker without batches.
 *
 * <p><b>Free worker</b>: how long a job waited while the worker was free, at the median, the 99th percentile and the
 * longest. A thread that does nothing but sleep for 1 ms at a time stands beside it: by how much its longest sleep was
 * too long is what the machine, not the queue, adds to a wait.
 */
@Command(
        name = "batching",
        mixinStandardHelpOptions = true,
        description = "Throughput by batch size, and waits for a worker that was free, in process.")
public final class BatchingCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long SEED = 42;
    private static final String ROW = "%8s %6s %8s %8s %6s %8s %8s %8s %8s %8s %8s %8s%n";

    @Option(names = "--fixed-ms", defaultValue = "10", description = "of a batch; default: ${DEFAULT-VALUE}")
    private int fixedMs = 10;

    @Option(names = "--job-ms", defaultValue = "1", description = "of each job in it; default: ${DEFAULT-VALUE}")
    private int jobMs = 1;

    @Option(
            names = "--batch-sizes",
            split = ",",
            defaultValue = "1,2,4,8,12,16",
            description = "at most; default: ${DEFAULT-VALUE}")
    private List<Integer> batchSizes = new ArrayList<>();

    @Option(names = "--max-wait-ms", defaultValue = "12", description = "default: ${DEFAULT-VALUE}")
    private int maxWaitMs = 12;

    @Option(
            names = "--clients",
            split = ",",
            defaultValue = "1,8,32",
            description = "of the busy rows; default: ${DEFAULT-VALUE}")
    private List<Integer> clients = new ArrayList<>();

    @Option(names = "--seconds", defaultValue = "4", description = "of each row; default: ${DEFAULT-VALUE}")
    private int seconds = 4;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws Exception {
        System.out.println(MachineFacts.line());
        System.out.printf(
                "a batch takes %d ms and %d ms a job, one worker, max_wait_ms %d%n", fixedMs, jobMs, maxWaitMs);
        System.out.printf(
                ROW, "load", "max", "jobs/s", "at most", "batch", "working", "p50", "p99", "", "free", "", "late");
        System.out.printf(ROW, "", "batch", "", "", "mean", "share", "ms", "ms", "p50 ms", "p99 ms", "longest", "ms");
        row("warm up", 8, tier -> busy(tier, 8));
        for (int size : batchSizes) {
            row("sparse", size, this::sparse);
            for (int number : clients) {
                row(Integer.toString(number), size, tier -> busy(tier, number));
            }
        }
        return 0;
    }

    private void row(String load, int batchSize, Function<Tier, Latencies> asked) throws IOException {
        Tier tier = new Tier(batchSize);
        long began = System.nanoTime();
        Latencies latencies;
        var sleeper = new Sleeper();
        try (WindowDrain<Integer, Integer> _ = tier.drain()) {
            latencies = asked.apply(tier);
        }
        double tookSeconds = (System.nanoTime() - began) / 1e9;
        double latestMs = sleeper.stop();
        QueueReading reading = tier.queue.reading();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", "batching");
        line.put("load", load);
        line.put("max_batch_size", batchSize);
        line.put("jobs_per_s", rounded(latencies.count() / tookSeconds));
        line.put("jobs_per_s_at_most", rounded(1_000.0 * batchSize / (fixedMs + jobMs * batchSize)));
        line.put("mean_batch", rounded((double) reading.taken() / reading.batches()));
        line.put("working_share", rounded(tier.workedMs.mean() * tier.workedMs.count() / 1e3 / tookSeconds));
        line.put("p50_ms", rounded(latencies.quantile(0.5)));
        line.put("p99_ms", rounded(latencies.quantile(0.99)));
        line.put("free_p50_ms", rounded(tier.freeWaits.quantile(0.5)));
        line.put("free_p99_ms", rounded(tier.freeWaits.quantile(0.99)));
        line.put("free_longest_ms", rounded(tier.freeWaits.quantile(1)));
        line.put("sleeper_late_ms", rounded(latestMs));
        System.out.printf(ROW, line.values().stream().skip(1).toArray());
        results.add(line);
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    /** A queue and the worker's clock. */
    private final class Tier {
        private final AdmissionQueue<Integer, Integer> queue =
                new AdmissionQueue<>(QueueLimits.DEFAULT, Ticker.systemTicker());
        private final int batchSize;
        // all are of the one worker's thread, and read when it has ended
        private final Latencies freeWaits = new Latencies();
        private final Latencies workedMs = new Latencies();
        private long freeSince = System.nanoTime();

        private Tier(int batchSize) {
            this.batchSize = batchSize;
        }

        private WindowDrain<Integer, Integer> drain() {
            var window = new BatchWindow(batchSize, BatchWindow.DEFAULT_MAX_BATCH_TOKENS, Duration.ofMillis(maxWaitMs));
            return new WindowDrain<>("bench", queue, 1, window, batch -> {
                long now = System.nanoTime();
                for (var job : batch) {
                    long arrived = now - job.waited().toNanos();
                    freeWaits.add((now - Math.max(arrived, freeSince)) / 1e6);
                }
                sleep(Duration.ofMillis(fixedMs + (long) jobMs * batch.size()));
                freeSince = System.nanoTime();
                workedMs.add((freeSince - now) / 1e6);
                return batch.stream().map(job -> job.input()).toList();
            });
        }

        /** Milliseconds from the offer to the answer. */
        private double ask() throws InterruptedException {
            long began = System.nanoTime();
            queue.offer(1, new Demand("tenant", Priority.INTERACTIVE, ServiceTier.STANDARD, 1, 1, PATIENCE))
                    .await();
            return (System.nanoTime() - began) / 1e6;
        }
    }

    /** Sleeps for 1 ms at a time. */
    private static final class Sleeper {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final Latencies late = new Latencies();
        private final Thread thread = Thread.ofPlatform().start(this::run);

        private void run() {
            while (!stopped.get()) {
                long began = System.nanoTime();
                sleep(Duration.ofMillis(1));
                late.add((System.nanoTime() - began) / 1e6 - 1);
            }
        }

        /** By how many milliseconds the longest sleep was too long. */
        private double stop() {
            stopped.set(true);
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException("interrupted while a benchmark ended", interrupted);
            }
            return late.quantile(1);
        }
    }

    private Latencies busy(Tier tier, int number) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        var all = new Latencies();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Latencies>> running = new ArrayList<>();
            for (int client = 0; client < number; client++) {
                running.add(threads.submit(() -> {
                    var own = new Latencies();
                    while (System.nanoTime() < end) {
                        own.add(tier.ask());
                    }
                    return own;
                }));
            }
            for (Future<Latencies> client : running) {
                get(client).addTo(all);
            }
        }
        return all;
    }

    private Latencies sparse(Tier tier) {
        var random = new Random(SEED);
        double meanGapMs = 2.0 * (fixedMs + jobMs);
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        var all = new Latencies();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Double>> running = new ArrayList<>();
            while (System.nanoTime() < end) {
                running.add(threads.submit(tier::ask));
                sleep(Duration.ofNanos((long) (-Math.log(1 - random.nextDouble()) * meanGapMs * 1e6)));
            }
            for (Future<Double> job : running) {
                all.add(get(job));
            }
        }
        return all;
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new IllegalStateException("a job was not answered", failed);
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException("interrupted while asleep", interrupted);
        }
    }
}
