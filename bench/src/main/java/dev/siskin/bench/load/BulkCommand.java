package dev.siskin.bench.load;

import dev.siskin.bench.ResultLines;
import dev.siskin.bench.dataset.Passages;
import dev.siskin.bench.dataset.Passages.Passage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Fills a server over HTTP with passages and their vectors, a request after the other on one connection, and waits
 * until its merges are over. Reads the data set as it sends: 1 M vectors take no more memory than 500.
 */
@Command(
        name = "bulk",
        mixinStandardHelpOptions = true,
        description = "Fills a collection of a running server with the data set.")
public final class BulkCommand implements Callable<Integer> {
    private static final Pattern FAILED = Pattern.compile("\"failed\":([1-9][0-9]*)|\"errors\":true");
    private static final int PROGRESS_EVERY = 10_000;

    @Mixin
    private TargetOptions options = new TargetOptions();

    @Option(names = "--vectors", description = "another file of vectors than the data set's, for example of 'draw'")
    private List<Path> vectors = List.of();

    @Option(names = "--count", defaultValue = "2147483647", description = "most passages (default: all)")
    private int count = Integer.MAX_VALUE;

    @Option(
            names = "--quantization",
            defaultValue = "int4",
            description = "none, int8, int4, int2 or int1 (default: ${DEFAULT-VALUE})")
    private String quantization = "int4";

    @Option(names = "--batch", defaultValue = "500", description = "passages a request (default: ${DEFAULT-VALUE})")
    private int batch = 500;

    @Option(
            names = "--quiet",
            defaultValue = "25",
            description = "seconds without a change on disk after which merges are over (default: ${DEFAULT-VALUE})")
    private int quiet = 25;

    @Mixin
    private ResultLines results = new ResultLines();

    @Override
    public Integer call() throws IOException {
        Target target = options.target();
        Path file = vectors.isEmpty() ? options.file("vectors.f32") : vectors.getFirst();
        try (Passages passages = new Passages(options.file("corpus.jsonl"), file, options.dimensions(), count);
                Connection connection = Connection.to(target.server())) {
            target.create(connection, quantization);
            long began = System.nanoTime();
            send(target, connection, passages);
            double sent = seconds(began);
            int idle = target.settle(connection, quiet);
            double settled = seconds(began) - idle;
            var row = new LinkedHashMap<String, Object>();
            row.put("what", "bulk");
            row.put("quantization", quantization);
            row.put("passages", passages.count());
            row.put("send_s", sent);
            row.put("settled_s", settled);
            row.put("passages_per_s", passages.count() / sent);
            System.out.printf(
                    "%d passages sent in %.1f s (%.0f a second), merges over after %.1f s%n",
                    passages.count(), sent, passages.count() / sent, settled);
            results.add(row);
        }
        return 0;
    }

    private void send(Target target, Connection connection, Passages passages) throws IOException {
        int sent = 0;
        long began = System.nanoTime();
        for (List<Passage> portion = passages.next(batch); !portion.isEmpty(); portion = passages.next(batch)) {
            int status = connection.exchange(target.bulk(portion));
            String answer = new String(connection.body(), StandardCharsets.UTF_8);
            Matcher failed = FAILED.matcher(answer);
            if (status >= 300 || failed.find()) {
                throw new IOException("passage %d to %d were refused with status %d: %s"
                        .formatted(sent, sent + portion.size() - 1, status, last(answer)));
            }
            sent += portion.size();
            if (sent % PROGRESS_EVERY < batch || sent == passages.count()) {
                System.err.printf("%d sent after %.0f s%n", sent, seconds(began));
            }
        }
    }

    private static String last(String answer) {
        return answer.substring(Math.max(0, answer.length() - 300)).strip();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
