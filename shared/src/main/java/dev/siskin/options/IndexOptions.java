package dev.siskin.options;

import dev.siskin.api.CollectionSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What to index and how: the options of {@code ./siskin index}, which hands them on as they are given, and of the indexer,
 * which checks them.
 */
public class IndexOptions {
    public static final String DEFAULT_COLLECTION = "docs";

    /** Among {@link #paths}, what comes through standard input. */
    public static final Path STANDARD_INPUT = Path.of("-");

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Files and folders; '-' is standard input.")
    public List<Path> paths = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = DEFAULT_COLLECTION,
            description = "Collection to index into; created where it does not exist; default: ${DEFAULT-VALUE}.")
    public String collection = DEFAULT_COLLECTION;

    @Option(
            names = "--source-name",
            paramLabel = "NAME",
            description = "First part of the documents' ids; default: the name of the folder they lie in.")
    public @Nullable String sourceName;

    @Option(
            names = "--include",
            paramLabel = "PATTERN",
            description = "Take only files like this, in gitignore syntax: '*.md', '/guides/'; may be repeated.")
    public List<String> include = List.of();

    @Option(
            names = "--exclude",
            paramLabel = "PATTERN",
            description = "Leave out files like this, beside what .siskinignore files name; may be repeated.")
    public List<String> exclude = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "documents",
            description =
                    "What the files are: 'documents' (default), or 'jsonl': a document a line, as in BEIR's corpora.")
    public String format = "documents";

    @Option(
            names = "--field",
            paramLabel = "KEY=NAME[,NAME]",
            description =
                    "With jsonl, the field that holds a document's 'id', 'title', 'text' or 'metadata'; may be repeated.")
    public List<String> fields = List.of();

    @Option(
            names = "--metadata",
            paramLabel = "NAME=VALUE",
            description = "Metadata of every document of this run; may be repeated.")
    public Map<String, String> metadata = Map.of();

    @Option(
            names = "--stdin-name",
            paramLabel = "NAME",
            defaultValue = "stdin",
            description =
                    "File name of what is read from standard input, whose path is '-'; default: ${DEFAULT-VALUE}.")
    public String stdinName = "stdin";

    @Option(
            names = "--prune",
            description = "Remove documents of these folders whose file is gone, or is not taken any more.")
    public boolean prune;

    @Option(
            names = "--dry-run",
            description = "Say what would be done and about how long it would take; send and remove nothing.")
    public boolean dryRun;

    @Option(names = "--watch", description = "Stay, and run again whenever a file has changed; Ctrl-C ends it.")
    public boolean watch;

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "Embedding model; default: the collection's, or " + CollectionSpec.DEFAULT_EMBEDDING_MODEL
                    + " for a new one.")
    public @Nullable String model;

    @Option(names = "--json", description = "Print the report as JSON.")
    public boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    public boolean quiet;
}
