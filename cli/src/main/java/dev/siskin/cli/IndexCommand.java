package dev.siskin.cli;

import dev.siskin.cli.process.DataFolder;
import dev.siskin.cli.process.IndexerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Indexes files and folders into a collection, by running the indexer. */
@Command(
        name = "index",
        description = {
            "Index files and folders into a collection.",
            "A second run sends only what changed. Ctrl-C stops it; the next run goes on."
        },
        footer = {
            "",
            "Options not listed here go to the indexer as they are.",
            "",
            "Examples:",
            "  siskin index ~/papers --collection papers",
            "  siskin index README.md docs"
        })
final class IndexCommand implements Callable<Integer> {
    static final String DEFAULT_COLLECTION = "docs";

    private final Invocation invocation;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Files and folders.")
    List<Path> paths = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = DEFAULT_COLLECTION,
            description = "Collection to index into, made when missing; default: ${DEFAULT-VALUE}.")
    String collection = DEFAULT_COLLECTION;

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    @Unmatched
    List<String> others = new ArrayList<>();

    IndexCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        return run(
                invocation,
                retrieval.client.data.folder(invocation),
                retrieval.address(invocation),
                retrieval.client.key(invocation),
                collection,
                paths,
                others);
    }

    /** Runs the indexer to its end and returns its exit status. */
    static int run(
            Invocation invocation,
            DataFolder data,
            URI retrieval,
            Optional<String> key,
            String collection,
            List<Path> paths,
            List<String> others) {
        var environment = new HashMap<String, String>(
                Map.of("SISKIN_DATA", data.path().toString(), ClientOptions.RETRIEVAL_ENV, retrieval.toString()));
        key.ifPresent(value -> environment.put(ClientOptions.KEY_ENV, value));
        var arguments = new ArrayList<>(List.of("--collection", collection));
        arguments.addAll(others);
        paths.forEach(path -> arguments.add(path.toAbsolutePath().normalize().toString()));
        return IndexerProcess.run(invocation.installation(), arguments, environment);
    }
}
