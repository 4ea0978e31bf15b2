package dev.siskin.cli;

import dev.siskin.api.AnswerEvents;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Filter;
import dev.siskin.api.Tier;
import dev.siskin.cli.print.AnswerPrinter;
import dev.siskin.http.Problem;
import dev.siskin.http.ServiceClient;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
            "  siskin ask \"Who signed it?\" --collection mail --top-k 12 --json",
            "  siskin ask \"How do the two differ?\" --route small --stream"
        })
final class AskCommand implements Callable<Integer> {
    static final Duration TIMEOUT =
            Duration.ofMillis(AnswerRequest.DEFAULT_DEADLINE_MS).plusSeconds(5);

    /** As it is written on the command line. */
    enum Route {
        auto,
        extractive,
        small,
        large;

        /** Null for what the service takes where nothing is said. */
        @Nullable
        Tier tier() {
            return this == auto ? null : Tier.valueOf(name().toUpperCase(Locale.ROOT));
        }
    }

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

    @Option(
            names = "--route",
            paramLabel = "TIER",
            description = "Tier to answer: ${COMPLETION-CANDIDATES}; default: auto, by the service's rules.")
    Route route = Route.auto;

    @Option(names = "--stream", description = "Print each sentence as soon as it is checked.")
    boolean stream;

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
        if (stream && output.json) {
            throw new CommandFailure("--stream prints sentences, --json prints one object: leave out one of them");
        }
        AnswerRequest request =
                request(String.join(" ", words), collection, topK, filter.filter(), route.tier(), stream);
        try (ServiceClient client = inference.connect(invocation)) {
            if (stream) {
                printAsWritten(invocation, client, request);
                return 0;
            }
            AnswerResponse answer = client.post("/v1/answers", request, AnswerResponse.class, TIMEOUT);
            if (output.json) {
                Output.printJson(invocation, answer);
            } else {
                new AnswerPrinter(invocation.terminal()).print(answer);
            }
        }
        return 0;
    }

    /** Asks and prints each sentence as it comes, then what the answer rests on. */
    static void printAsWritten(Invocation invocation, ServiceClient client, AnswerRequest request) {
        var printer = new AnswerPrinter(invocation.terminal());
        var sentences = new AtomicInteger();
        var isDone = new AtomicBoolean();
        client.postForEvents(
                "/v1/answers",
                request,
                (event, data) -> {
                    switch (event) {
                        case "sentence" -> {
                            sentences.incrementAndGet();
                            printer.printSentence(client.readEvent(data, AnswerEvents.Sentence.class)
                                    .text());
                        }
                        case "done" -> {
                            isDone.set(true);
                            AnswerResponse answer = client.readEvent(data, AnswerResponse.class);
                            if (sentences.get() == 0) {
                                printer.print(answer);
                            } else {
                                printer.printSources(answer);
                            }
                        }
                        case "error" -> throw new CommandFailure("the answer broke off: " + problem(client, data));
                        default -> {}
                    }
                },
                TIMEOUT);
        if (!isDone.get()) {
            throw new CommandFailure("the answer broke off without saying why; what came of it stands above");
        }
    }

    private static String problem(ServiceClient client, String data) {
        Problem problem = client.readEvent(data, BrokenOff.class).problem();
        return Objects.requireNonNullElse(problem.detail(), "the service does not say why");
    }

    /** As much of event {@code error} as is printed. */
    private record BrokenOff(Problem problem) {}

    static AnswerRequest request(
            String question,
            String collection,
            @Nullable Integer topK,
            @Nullable Filter filter,
            @Nullable Tier route,
            boolean stream) {
        return new AnswerRequest(
                question,
                collection,
                null,
                topK,
                filter,
                route,
                null,
                null,
                null,
                null,
                stream,
                null,
                null,
                null,
                null);
    }
}
