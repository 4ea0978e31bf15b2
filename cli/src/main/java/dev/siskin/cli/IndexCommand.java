package dev.siskin.cli;

import dev.siskin.cli.process.IndexerMemory;
import dev.siskin.cli.process.IndexerProcess;
import dev.siskin.settings.Setting;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
    static final String DEFAULT_COLLECTION = "docs";

    static final String DEFAULT_MEMORY = "512m";

    /** The indexer's exit status where some documents could not be read and all others are in. */
    static final int SOME_FAILED = 3;

    private static final String DOCUMENTS = "documents";
    private static final Path STANDARD_INPUT = Path.of("-");

    private final Invocation invocation;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Files and folders; '-' is standard input.")
    List<Path> paths = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = DEFAULT_COLLECTION,
            description = "Collection to index into, made when missing; default: ${DEFAULT-VALUE}.")
    String collection = DEFAULT_COLLECTION;

    @Option(
            names = "--source-name",
            paramLabel = "NAME",
            description = "First part of the documents' ids; default: the name of the folder they lie in.")
    @Nullable
    String sourceName;

    @Option(
            names = "--include",
            paramLabel = "PATTERN",
            description = "Take only files like this, in gitignore syntax: '*.md', '/guides/'; may be repeated.")
    List<String> include = List.of();

    @Option(
            names = "--exclude",
            paramLabel = "PATTERN",
            description = "Leave out files like this, beside what .siskinignore files name; may be repeated.")
    List<String> exclude = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = DOCUMENTS,
            description =
                    "What the files are: 'documents' (default), or 'jsonl': a document a line, as in BEIR's corpora.")
    String format = DOCUMENTS;

    @Option(
            names = "--field",
            paramLabel = "KEY=NAME[,NAME]",
            description =
                    "With jsonl, the field that holds a document's 'id', 'title', 'text' or 'metadata'; may be repeated.")
    List<String> fields = List.of();

    @Option(
            names = "--metadata",
            paramLabel = "NAME=VALUE",
            description = "Metadata of every document of this run; may be repeated.")
    Map<String, String> metadata = Map.of();

    @Option(
            names = "--stdin-name",
            paramLabel = "NAME",
            defaultValue = "stdin",
            description =
                    "File name of what is read from standard input, whose path is '-'; default: ${DEFAULT-VALUE}.")
    String stdinName = "stdin";

    @Option(
            names = "--prune",
            description = "Remove documents of these folders whose file is gone, or is not taken any more.")
    boolean prune;

    @Option(
            names = "--dry-run",
            description = "Say what would be done and about how long it would take; send and remove nothing.")
    boolean dryRun;

    @Option(names = "--watch", description = "Stay, and run again whenever a file has changed; Ctrl-C ends it.")
    boolean watch;

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "Embedding model; default: the collection's, or the usual one for a new collection.")
    @Nullable
    String model;

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

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    boolean quiet;

    @Mixin
    Output output = new Output();

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
                collection,
                paths,
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

    private List<String> indexerOptions() {
        var options = new ArrayList<String>();
        if (sourceName != null) {
            options.addAll(List.of("--source-name", sourceName));
        }
        include.forEach(pattern -> options.add("--include=" + pattern));
        exclude.forEach(pattern -> options.add("--exclude=" + pattern));
        if (!format.equals(DOCUMENTS)) {
            options.add("--format=" + format);
        }
        fields.forEach(field -> options.add("--field=" + field));
        metadata.forEach((name, value) -> options.add("--metadata=" + name + "=" + value));
        if (paths.contains(STANDARD_INPUT)) {
            options.add("--stdin-name=" + stdinName);
        }
        if (prune) {
            options.add("--prune");
        }
        if (dryRun) {
            options.add("--dry-run");
        }
        if (watch) {
            options.add("--watch");
        }
        if (model != null) {
            // A folder is named as seen from here, and the indexer runs elsewhere.
            Path folder = Path.of(model).toAbsolutePath();
            options.addAll(List.of("--model", Files.isDirectory(folder) ? folder.toString() : model));
        }
        if (quiet) {
            options.add("--quiet");
        }
        if (output.json) {
            options.add("--json");
        }
        return options;
    }

    /**
     * Runs the indexer to its end.
     *
     * @param memory of the indexer's processes
     * @param options of the indexer, beside collection and paths
     * @return its exit status: 0, {@link #SOME_FAILED}, or another where the run failed
     */
    static int run(
            Invocation invocation,
            URI retrieval,
            Optional<String> key,
            String collection,
            List<Path> paths,
            IndexerMemory memory,
            List<String> options) {
        var environment = new HashMap<String, String>(Map.of(
                ClientOptions.RETRIEVAL_ENV,
                retrieval.toString(),
                "COLUMNS",
                Integer.toString(invocation.terminal().width())));
        key.ifPresent(value -> environment.put(ClientOptions.KEY_ENV, value));
        var arguments =
                new ArrayList<>(List.of("--collection", collection, "--threads", Integer.toString(memory.threads())));
        arguments.addAll(options);
        arguments.add("--");
        paths.forEach(path -> arguments.add(
                path.equals(STANDARD_INPUT)
                        ? path.toString()
                        : path.toAbsolutePath().normalize().toString()));
        return IndexerProcess.run(invocation.installation(), memory, arguments, environment);
    }
}
