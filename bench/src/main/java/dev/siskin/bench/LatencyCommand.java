package dev.siskin.bench;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Latency of answers over the tldr pages, as the service says it and as a client sees it.
 *
 * <p>Workload: the examples' descriptions as questions, drawn with a fixed seed; a warm-up with others
 * first; then each question once, then each again. One client, one after the other. Index first:
 * {@code ./siskin index TLDR --collection tldr}; then {@code ./siskin bench latency --data TLDR}.
 */
@Command(name = "latency", mixinStandardHelpOptions = true, description = "Answer latency over the tldr pages.")
final class LatencyCommand implements Callable<Integer> {
    private static final int WARM_UP = 300;

    @Mixin
    private Services services = new Services();

    @Option(names = "--data", required = true, description = "folder of tldr pages")
    private Path data = Path.of("");

    @Option(names = "--collection", defaultValue = "tldr", description = "default: ${DEFAULT-VALUE}")
    private String collection = "tldr";

    @Option(names = "--questions", defaultValue = "200", description = "default: ${DEFAULT-VALUE}")
    private int questions = 200;

    @Override
    public Integer call() throws IOException {
        List<String> drawn = draw(descriptions());
        try (ServiceClient inference = services.inference()) {
            drawn.subList(questions, drawn.size()).forEach(question -> ask(inference, question, new Latencies()));
            System.out.println(MachineFacts.line());
            System.out.printf(
                    Locale.ROOT,
                    "%-10s %6s %12s %12s %12s %12s%n",
                    "",
                    "asked",
                    "service p50",
                    "service p95",
                    "client p50",
                    "client p95");
            measure(inference, "different", drawn.subList(0, questions));
            measure(inference, "repeated", drawn.subList(0, questions));
        }
        return 0;
    }

    private void measure(ServiceClient inference, String what, List<String> asked) {
        var service = new Latencies();
        var client = new Latencies();
        for (String question : asked) {
            client.add(ask(inference, question, service));
        }
        System.out.printf(
                Locale.ROOT,
                "%-10s %6d %9.2f ms %9.2f ms %9.2f ms %9.2f ms%n",
                what,
                asked.size(),
                service.quantile(0.5),
                service.quantile(0.95),
                client.quantile(0.5),
                client.quantile(0.95));
    }

    /** Milliseconds as the client sees them. */
    private double ask(ServiceClient inference, String question, Latencies service) {
        long began = System.nanoTime();
        AnswerResponse answer = inference.post(
                "/v1/answers", AnswerRequest.of(question, collection), AnswerResponse.class, Duration.ofSeconds(60));
        double millis = (System.nanoTime() - began) / 1e6;
        service.add(answer.timingsMs().total());
        return millis;
    }

    private List<String> draw(List<String> descriptions) {
        var shuffled = new ArrayList<>(descriptions);
        Collections.shuffle(shuffled, new Random(AnswersCommand.SEED));
        if (shuffled.size() < questions + WARM_UP) {
            throw new IllegalArgumentException("only " + shuffled.size() + " descriptions in " + data);
        }
        return shuffled.subList(0, questions + WARM_UP);
    }

    private List<String> descriptions() throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            List<Path> pages = files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
            var descriptions = new ArrayList<String>();
            for (Path page : pages) {
                Files.readAllLines(page).stream()
                        .filter(line -> line.startsWith("- "))
                        .map(LatencyCommand::question)
                        .forEach(descriptions::add);
            }
            return descriptions.stream().distinct().toList();
        }
    }

    /** {@code - [c]reate an archive:} becomes {@code create an archive}. */
    static String question(String bullet) {
        String text = bullet.substring(2).replace("[", "").replace("]", "").strip();
        return text.endsWith(":") ? text.substring(0, text.length() - 1) : text;
    }
}
