package dev.siskin.bench.serving;

import dev.siskin.bench.MachineFacts;
import dev.siskin.bench.ResultLines;
import dev.siskin.bench.load.Connection;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What inference-service holds when nobody asks, after more and more requests of every kind ({@link Mix}): what a leak
 * would make grow. Each answer's status is compared with the one its kind must have. {@code bench/idle} starts the
 * service and this.
 */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = "Idle memory of a running inference-service after requests of every kind.")
public final class IdleCommand implements Callable<Integer> {
    private static final double MOST_MIB = 130;
    private static final double GROWTH = 1.1;
    private static final String ROW = "%9s %10s %9s %9s %9s %8s %12s %9s %8s%n";

    @Option(names = "--url", defaultValue = "http://127.0.0.1:7300", description = "default: ${DEFAULT-VALUE}")
    private URI url = URI.create("http://127.0.0.1:7300");

    @Option(names = "--pid", required = true, description = "process of the service")
    private long pid;

    @Option(
            names = "--requests",
            split = ",",
            defaultValue = "0,1000,10000,100000",
            description = "after how many it is read (default: ${DEFAULT-VALUE})")
    private List<Long> requests = new ArrayList<>();

    @Option(names = "--clients", defaultValue = "4", description = "at once (default: ${DEFAULT-VALUE})")
    private int clients = 4;

    @Option(
            names = "--settle",
            defaultValue = "10",
            description = "seconds without a request before it is read (default: ${DEFAULT-VALUE})")
    private int settle = 10;

    @Mixin
    private StandIns standIns = new StandIns();

    @Mixin
    private ResultLines results = new ResultLines();

    private final AtomicLong next = new AtomicLong();
    private final Map<String, AtomicInteger> wrong = new ConcurrentSkipListMap<>();

    @Override
    public Integer call() throws Exception {
        System.out.println(MachineFacts.line());
        System.out.printf(
                ROW,
                "requests",
                "anonymous",
                "kernel",
                "together",
                "threads",
                "files",
                "mappings",
                "a second",
                "wrong");
        List<Double> together = new ArrayList<>();
        var mix = new Mix(url);
        try (StandIns.Running _ = standIns.start();
                var memory = new ServiceMemory(pid)) {
            for (long until : requests) {
                long before = next.get();
                long began = System.nanoTime();
                send(mix, until);
                double perSecond = (next.get() - before) * 1e9 / (System.nanoTime() - began);
                Thread.sleep(settle * 1_000L);
                together.add(report(until, memory.read(), perSecond));
            }
        }
        wrong.forEach((kind, count) -> System.out.println("wrong status: " + kind + ", " + count + " times"));
        double first = together.get(Math.min(1, together.size() - 1));
        double last = together.getLast();
        Verdict.print(
                last <= MOST_MIB,
                String.format(
                        Locale.ROOT,
                        "at most %.0f MiB: %.1f MiB after %d requests",
                        MOST_MIB,
                        last,
                        requests.getLast()));
        Verdict.print(
                last <= GROWTH * first,
                String.format(
                        Locale.ROOT,
                        "no more than a tenth above the second reading: %.1f MiB, then %.1f",
                        first,
                        last));
        Verdict.print(wrong.isEmpty(), "every request answered with the status of its kind");
        return 0;
    }

    private void send(Mix mix, long until) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                running.add(threads.submit(() -> {
                    client(mix, until);
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
        }
    }

    /** On one connection as long as the server keeps it; a server that takes no new one has ended. */
    private void client(Mix mix, long until) throws IOException {
        while (next.get() < until) {
            try (Connection connection = Connection.to(url)) {
                converse(connection, mix, until);
            }
        }
    }

    private void converse(Connection connection, Mix mix, long until) {
        boolean more = true;
        while (more) {
            try {
                more = exchange(connection, mix, until);
            } catch (IOException closed) {
                count("connection closed: " + closed.getMessage());
                more = false;
            }
        }
    }

    private boolean exchange(Connection connection, Mix mix, long until) throws IOException {
        long number = next.getAndUpdate(now -> now < until ? now + 1 : now);
        if (number >= until) {
            return false;
        }
        Mix.Kind kind = mix.kind(number);
        byte[] request = kind.request().apply(number);
        if (kind.status() == Mix.LEAVES) {
            try (Socket socket = new Socket(url.getHost(), url.getPort())) {
                socket.getOutputStream().write(request);
            }
            return true;
        }
        int status = connection.exchange(request);
        // one a minute passes, and is malformed
        boolean withinRate = kind.status() == 429 && status == 400;
        if (status != kind.status() && !withinRate) {
            String body = new String(connection.body(), StandardCharsets.UTF_8);
            if (count("%s: %d, not %d".formatted(kind.name(), status, kind.status())) == 1) {
                System.err.println(kind.name() + ": " + body);
            }
        }
        return true;
    }

    private int count(String what) {
        return wrong.computeIfAbsent(what, _ -> new AtomicInteger()).incrementAndGet();
    }

    /** MiB that cannot be given back. */
    private double report(long sent, ServiceMemory.Reading reading, double perSecond) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", "idle");
        line.put("requests", sent);
        line.put("anonymous_mib", OutcomeTable.rounded(reading.anonymous()));
        line.put("kernel_mib", OutcomeTable.rounded(reading.kernel()));
        line.put("together_mib", OutcomeTable.rounded(reading.together()));
        line.put("threads", entries(process.resolve("task")));
        line.put("descriptors", entries(process.resolve("fd")));
        line.put("mappings", Files.readAllLines(process.resolve("maps")).size());
        line.put("per_second", Math.round(perSecond));
        line.put("wrong", wrong.values().stream().mapToInt(AtomicInteger::get).sum());
        results.add(line);
        System.out.printf(ROW, line.values().stream().skip(1).toArray());
        return reading.together();
    }

    private static long entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }
}
