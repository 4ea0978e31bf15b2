package dev.siskin.cli;

import dev.siskin.cli.process.IndexerMemory;
import dev.siskin.cli.process.IndexerProcess;
import dev.siskin.options.IndexOptions;
import dev.siskin.settings.Setting;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Indexes files and folders into a collection, by running the indexer. */
@Command(
        name = "index",
        description = {
            "Index files and folders into a collection.",
            "A second run sends only what changed. Ctrl-C stops it; the next run goes on."
        },
        footer = {
            "",
            "Exit status 3: some documents could not be indexed, or --prune removed nothing; the report",
            "says which and why.",
            "",
            "Examples:",
            "  siskin index ~/papers --collection papers",
            "  siskin index README.md docs",
            "  siskin index --format jsonl scifact/corpus.jsonl --collection scifact",
            "  siskin index ~/papers --include '*.pdf' --exclude /drafts/ --prune"
        })
final class IndexCommand implements Callable<Integer> {
    static final String DEFAULT_COLLECTION = IndexOptions.DEFAULT_COLLECTION;

    static final String DEFAULT_MEMORY = "512m";

    /** The indexer's exit status where some documents could not be read and all others are in. */
    static final int SOME_FAILED = 3;

    private static final String INDEXER_OPTIONS = "index";
    private static final String MODEL = "--model";

    private final Invocation invocation;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin(name = INDEXER_OPTIONS)
    IndexOptions index = new IndexOptions();

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that embed; default: one a processor, as far as --memory allows.")
    @Nullable
    Integer threads;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = DEFAULT_MEMORY,
            description = "Most memory of the indexer's processes together; default: ${DEFAULT-VALUE}.")
    String memory = DEFAULT_MEMORY;

    @Mixin
    ClientOptions.Retrieval retrieval = new ClientOptions.Retrieval();

    IndexCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        return run(
                invocation,
                retrieval.address(invocation),
                retrieval.client.key(invocation),
                index.paths,
                memory(),
                indexerOptions());
    }

    /** As much as the command takes unless told otherwise. */
    static IndexerMemory defaultMemory() {
        return IndexerMemory.within(Setting.parseBytes(DEFAULT_MEMORY), OptionalInt.empty());
    }

    private IndexerMemory memory() {
        try {
            return IndexerMemory.within(
                    Setting.parseBytes(memory), threads == null ? OptionalInt.empty() : OptionalInt.of(threads));
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailure("--memory must be " + wrong.getMessage() + ": '" + memory + "'");
        }
    }

    /** As they were given: the indexer checks them. */
    private List<String> indexerOptions() {
        CommandSpec self = Objects.requireNonNull(spec);
        CommandSpec ofIndexer = Objects.requireNonNull(self.mixins().get(INDEXER_OPTIONS));
        var options = new ArrayList<String>();
        for (OptionSpec option : self.commandLine().getParseResult().matchedOptionsSet()) {
            String name = option.longestName();
            if (ofIndexer.optionsMap().containsKey(name)) {
                option.originalStringValues()
                        .forEach(value ->
                                options.add(name + "=" + (name.equals(MODEL) ? modelSeenFromHome(value) : value)));
            }
        }
        return options;
    }

    /** A folder is named as seen from here, and the indexer runs elsewhere. */
    private static String modelSeenFromHome(String model) {
        Path folder = Path.of(model).toAbsolutePath();
        return Files.isDirectory(folder) ? folder.toString() : model;
    }

    /**
     * Runs the indexer to its end.
     *
     * @param memory of the indexer's processes
     * @param options of the indexer, beside paths and threads
     * @return its exit status: 0, {@link #SOME_FAILED}, or another where the run failed
     */
    static int run(
            Invocation invocation,
            URI retrieval,
            Optional<String> key,
            List<Path> paths,
            IndexerMemory memory,
            List<String> options) {
        var environment = new HashMap<String, String>(Map.of(
                ClientOptions.RETRIEVAL_ENV,
                retrieval.toString(),
                "COLUMNS",
                Integer.toString(invocation.terminal().width())));
        key.ifPresent(value -> environment.put(ClientOptions.KEY_ENV, value));
        var arguments = new ArrayList<>(List.of("--threads", Integer.toString(memory.threads())));
        arguments.addAll(options);
        arguments.add("--");
        paths.forEach(path -> arguments.add(
                path.equals(IndexOptions.STANDARD_INPUT)
                        ? path.toString()
                        : path.toAbsolutePath().normalize().toString()));
        return IndexerProcess.run(invocation.installation(), memory, arguments, environment);
    }
}
