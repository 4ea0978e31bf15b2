package dev.siskin.bench;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.http.ServiceClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How often the extractive answer holds SQuAD's gold answer. An abstention counts as a miss.
 *
 * <p>Workload: questions drawn with a fixed seed, one after the other. Index first:
 * {@code ./siskin bench prepare squad --data DIR --out /tmp/squad && ./siskin index /tmp/squad --collection
 * squad}; then {@code ./siskin bench answers --data DIR}.
 */
@Command(
        name = "answers",
        mixinStandardHelpOptions = true,
        description =
                "Share of SQuAD questions whose gold answer stands in the first sentence, and in the first three.")
final class AnswersCommand implements Callable<Integer> {
    static final int QUESTIONS = 1000;
    static final long SEED = 20_260_101;
    private static final int SENTENCES = 3;

    @Mixin
    private Services services = new Services();

    @Option(names = "--data", required = true, description = "folder with SQuAD 1.1 dev")
    private Path data = Path.of("");

    @Option(names = "--collection", defaultValue = "squad", description = "default: ${DEFAULT-VALUE}")
    private String collection = "squad";

    @Override
    public Integer call() throws IOException {
        List<Squad.Question> questions = Squad.read(data).draw(QUESTIONS, SEED);
        int first = 0;
        int three = 0;
        int declined = 0;
        var millis = new Latencies();
        try (ServiceClient inference = services.inference()) {
            for (Squad.Question question : questions) {
                AnswerResponse answer = inference.post(
                        "/v1/answers",
                        AnswerRequest.of(question.text(), collection),
                        AnswerResponse.class,
                        Duration.ofSeconds(60));
                millis.add(answer.timingsMs().total());
                List<String> quotes = answer.citations().stream()
                        .limit(SENTENCES)
                        .map(AnswerResponse.Citation::quote)
                        .toList();
                declined += answer.abstained() ? 1 : 0;
                first += quotes.stream().limit(1).anyMatch(quote -> holds(quote, question)) ? 1 : 0;
                three += quotes.stream().anyMatch(quote -> holds(quote, question)) ? 1 : 0;
            }
        }
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "%d questions, seed %d: gold answer in the first sentence %.1f %%, in the first %d %.1f %%, declined %.1f %%, p50 %.1f ms%n",
                questions.size(),
                SEED,
                percent(first, questions),
                SENTENCES,
                percent(three, questions),
                percent(declined, questions),
                millis.quantile(0.5));
        return 0;
    }

    static boolean holds(String quote, Squad.Question question) {
        String text = normal(quote);
        return question.answers().stream().anyMatch(answer -> text.contains(normal(answer)));
    }

    private static String normal(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ").strip();
    }

    private static double percent(int count, List<?> of) {
        return 100.0 * count / of.size();
    }
}
