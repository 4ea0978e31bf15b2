package dev.siskin.cli;

import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.cli.print.HitPrinter;
import dev.siskin.http.ServiceClient;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Searches a collection. */
@Command(
        name = "search",
        description = "Search a collection.",
        footer = {
            "",
            "Examples:",
            "  siskin search \"bounded queue\" --collection papers",
            "  siskin search \"RFC 9457\" --mode keyword -k 3 --json",
            "  siskin search invoice --filter '{\"range\":{\"year\":{\"gte\":2024}}}'"
        })
final class SearchCommand implements Callable<Integer> {
    /** A person waits longer than a program's default deadline allows. */
    private static final int DEADLINE_MS = 10_000;

    private final Invocation invocation;

    @Parameters(paramLabel = "QUERY", arity = "1..*", description = "What to search for; quotes are optional.")
    List<String> words = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = IndexCommand.DEFAULT_COLLECTION,
            description = "Collection to search; default: ${DEFAULT-VALUE}.")
    String collection = IndexCommand.DEFAULT_COLLECTION;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "hybrid",
            description = "hybrid, vector or keyword; default: ${DEFAULT-VALUE}.")
    Mode mode = Mode.hybrid;

    @Option(
            names = "-k",
            paramLabel = "N",
            defaultValue = "" + SearchRequest.DEFAULT_K,
            description = "Hits wanted; default: ${DEFAULT-VALUE}.")
    int k = SearchRequest.DEFAULT_K;

    @Mixin
    FilterOption filter = new FilterOption();

    @Mixin
    Output output = new Output();

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    SearchCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** As the user types it. */
    enum Mode {
        hybrid,
        vector,
        keyword;

        SearchMode wire() {
            return SearchMode.valueOf(name().toUpperCase(Locale.ROOT));
        }
    }

    @Override
    public Integer call() {
        @Nullable List<SearchRequest.Include> include = null;
        var request = new SearchRequest(
                String.join(" ", words),
                null,
                k,
                mode.wire(),
                null,
                filter.filter(),
                null,
                null,
                null,
                include,
                DEADLINE_MS,
                null,
                null);
        String path = "/v1/collections/" + ServiceClient.segment(collection) + "/search";
        try (ServiceClient client = retrieval.connect(invocation)) {
            SearchResponse response = client.post(
                    path,
                    request,
                    SearchResponse.class,
                    Duration.ofMillis(DEADLINE_MS).plusSeconds(5));
            if (output.json) {
                Output.printJson(invocation, response);
            } else {
                new HitPrinter(invocation.terminal()).print(response);
            }
        }
        return 0;
    }
}
