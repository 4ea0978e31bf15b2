package dev.siskin.bench;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.cli.evaluate.BeirFolder;
import dev.siskin.cli.evaluate.JudgedQuery;
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
 * How often the answer is declined, for questions a collection answers and for questions it cannot.
 *
 * <p>Workload: the questions that the thresholds were not calibrated on: SQuAD's drawn with the seed of
 * {@link AnswersCommand}, SciFact's claims of the test split. Both collections must be indexed.
 */
@Command(
        name = "abstention",
        mixinStandardHelpOptions = true,
        description = "Share of questions declined, each collection asked its own and the other's.")
final class AbstentionCommand implements Callable<Integer> {
    @Mixin
    private Services services = new Services();

    @Option(names = "--squad", required = true, description = "folder with SQuAD 1.1 dev")
    private Path squad = Path.of("");

    @Option(names = "--scifact", required = true, description = "folder of SciFact in BEIR's layout")
    private Path scifact = Path.of("");

    @Option(names = "--squad-collection", defaultValue = "squad", description = "default: ${DEFAULT-VALUE}")
    private String squadCollection = "squad";

    @Option(names = "--scifact-collection", defaultValue = "scifact", description = "default: ${DEFAULT-VALUE}")
    private String scifactCollection = "scifact";

    @Override
    public Integer call() throws IOException {
        List<String> questions = Squad.read(squad).draw(AnswersCommand.QUESTIONS, AnswersCommand.SEED).stream()
                .map(Squad.Question::text)
                .toList();
        List<String> claims = claims();
        System.out.println(MachineFacts.line());
        try (ServiceClient inference = services.inference()) {
            print(inference, "SQuAD questions asked of SQuAD", questions, squadCollection);
            print(inference, "SciFact claims asked of SciFact", claims, scifactCollection);
            print(inference, "SQuAD questions asked of SciFact", questions, scifactCollection);
            print(inference, "SciFact claims asked of SQuAD", claims, squadCollection);
        }
        return 0;
    }

    private List<String> claims() {
        return new BeirFolder(scifact)
                .judgedQueries("test").stream().map(JudgedQuery::text).toList();
    }

    private static void print(ServiceClient inference, String what, List<String> questions, String collection) {
        int declined = 0;
        for (String question : questions) {
            AnswerResponse answer = inference.post(
                    "/v1/answers",
                    AnswerRequest.of(question, collection),
                    AnswerResponse.class,
                    Duration.ofSeconds(60));
            declined += answer.abstained() ? 1 : 0;
        }
        System.out.printf(
                Locale.ROOT,
                "%-34s %4d asked, declined %5.1f %%%n",
                what,
                questions.size(),
                100.0 * declined / questions.size());
    }
}
