package dev.siskin.bench;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Tier;
import dev.siskin.http.ServiceClient;
import dev.siskin.inference.routing.QuestionTraits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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

    @Option(names = "--route", description = "tier asked for: ${COMPLETION-CANDIDATES}; default: as routing decides")
    private @Nullable Tier route;

    @Option(names = "--last-articles", description = "questions of so many articles at the end alone; default: of all")
    private int lastArticles;

    @Option(names = "--questions", defaultValue = "" + QUESTIONS, description = "default: ${DEFAULT-VALUE}")
    private int count = QUESTIONS;

    @Override
    public Integer call() throws IOException {
        Squad squad = Squad.read(data);
        List<Squad.Question> questions =
                (lastArticles > 0 ? squad.ofLastArticles(lastArticles) : squad).draw(count, SEED);
        int first = 0;
        int three = 0;
        int declined = 0;
        int whole = 0;
        int degraded = 0;
        var byConfidence = new ByConfidence();
        var millis = new Latencies();
        try (ServiceClient inference = services.inference()) {
            for (Squad.Question question : questions) {
                AnswerResponse answer = inference.post(
                        "/v1/answers", request(question.text()), AnswerResponse.class, Duration.ofSeconds(60));
                millis.add(answer.timingsMs().total());
                List<String> quotes = answer.citations().stream()
                        .limit(SENTENCES)
                        .map(AnswerResponse.Citation::quote)
                        .toList();
                declined += answer.abstained() ? 1 : 0;
                whole += holds(answer.answer(), question) ? 1 : 0;
                degraded += answer.route().degraded() == null ? 0 : 1;
                first += quotes.stream().limit(1).anyMatch(quote -> holds(quote, question)) ? 1 : 0;
                byConfidence.add(question.text(), answer, quotes.stream().anyMatch(quote -> holds(quote, question)));
                three += quotes.stream().anyMatch(quote -> holds(quote, question)) ? 1 : 0;
            }
        }
        System.out.println(MachineFacts.line());
        System.out.printf(
                Locale.ROOT,
                "%d questions, seed %d: route %s: gold answer in the answer's text %.1f %%, in the first sentence %.1f %%, in the first %d %.1f %%, declined %.1f %%, degraded %.1f %%, p50 %.1f ms%n",
                questions.size(),
                SEED,
                route == null ? "by the rules" : route,
                percent(whole, questions),
                percent(first, questions),
                SENTENCES,
                percent(three, questions),
                percent(declined, questions),
                percent(degraded, questions),
                millis.quantile(0.5));
        byConfidence.print();
        return 0;
    }

    private AnswerRequest request(String question) {
        return new AnswerRequest(
                question, collection, null, null, null, route, null, null, null, null, null, null, null, null, null);
    }

    /** What the thresholds of routing are chosen by: how often quotes hold the answer, by the cosine of the best passage. */
    private static final class ByConfidence {
        private static final Pattern COSINE = Pattern.compile("best cosine (\\d\\.\\d\\d)");

        /** By twentieths of cosine. */
        private final SortedMap<Integer, Share> lookups = new TreeMap<>();

        private final SortedMap<Integer, Share> others = new TreeMap<>();

        private static final class Share {
            private int asked;
            private int right;
        }

        void add(String question, AnswerResponse answer, boolean right) {
            Matcher cosine = COSINE.matcher(answer.route().reason());
            if (cosine.find()) {
                int twentieth = (int) (Double.parseDouble(cosine.group(1)) * 20 + 1e-9);
                boolean lookup = QuestionTraits.of(List.of(question)).lookup();
                Share share = (lookup ? lookups : others).computeIfAbsent(twentieth, _ -> new Share());
                share.asked++;
                share.right += right ? 1 : 0;
            }
        }

        void print() {
            print("lookups", lookups);
            print("others", others);
        }

        private static void print(String which, SortedMap<Integer, Share> byCosine) {
            byCosine.forEach((twentieth, share) -> System.out.printf(
                    Locale.ROOT,
                    "%s, best cosine %.2f to %.2f: %d questions, gold answer in the first %d %.1f %%%n",
                    which,
                    twentieth / 20.0,
                    (twentieth + 1) / 20.0,
                    share.asked,
                    SENTENCES,
                    100.0 * share.right / share.asked));
        }
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
