package dev.siskin.cli;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Filter;
import dev.siskin.cli.print.AnswerPrinter;
import dev.siskin.http.ServiceClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a question of a collection. */
@Command(
        name = "ask",
        description = "Ask a question of a collection.",
        footer = {
            "",
            "Examples:",
            "  siskin ask \"How is the queue bounded?\" --collection papers",
            "  siskin ask \"Who signed it?\" --collection mail --top-k 12 --json"
        })
final class AskCommand implements Callable<Integer> {
    static final Duration TIMEOUT =
            Duration.ofMillis(AnswerRequest.DEFAULT_DEADLINE_MS).plusSeconds(5);

    private final Invocation invocation;

    @Parameters(paramLabel = "QUESTION", arity = "1..*", description = "The question; quotes are optional.")
    List<String> words = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = IndexCommand.DEFAULT_COLLECTION,
            description = "Collection to ask; default: ${DEFAULT-VALUE}.")
    String collection = IndexCommand.DEFAULT_COLLECTION;

    @Option(
            names = {"-k", "--top-k"},
            paramLabel = "N",
            description = "Passages to answer from; default: " + AnswerRequest.DEFAULT_TOP_K + ".")
    @Nullable
    Integer topK;

    @Mixin
    FilterOption filter = new FilterOption();

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Inference inference = new ClientOptions.Inference();

    AskCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        AnswerRequest request = request(String.join(" ", words), collection, topK, filter.filter());
        try (ServiceClient client = inference.connect(invocation)) {
            AnswerResponse answer = client.post("/v1/answers", request, AnswerResponse.class, TIMEOUT);
            if (output.json) {
                Output.printJson(invocation, answer);
            } else {
                new AnswerPrinter(invocation.terminal()).print(answer);
            }
        }
        return 0;
    }

    private static AnswerRequest request(
            String question, String collection, @Nullable Integer topK, @Nullable Filter filter) {
        return new AnswerRequest(
                question, collection, null, topK, filter, null, null, null, null, null, null, null, null);
    }
}
