package dev.siskin.indexer;

import dev.siskin.api.CollectionSpec;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of the {@code indexer} command, and what they say in the terms of a run. */
final class IndexerOptions {
    private static final Path STANDARD_INPUT = Path.of("-");

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Files and folders; '-' is standard input.")
    List<Path> paths = List.of();

    @Option(
            names = {"-c", "--collection"},
            paramLabel = "NAME",
            defaultValue = "docs",
            description = "Collection to index into; created where it does not exist; default: ${DEFAULT-VALUE}.")
    String collection = "docs";

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
            defaultValue = "documents",
            description =
                    "What the files are: 'documents' (default), or 'jsonl': a document a line, as in BEIR's corpora.")
    String format = "documents";

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
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:SISKIN_RETRIEVAL_URL:-http://127.0.0.1:7301}",
            description = "The retrieval-service; default: SISKIN_RETRIEVAL_URL, or http://127.0.0.1:7301.")
    URI url = URI.create("http://127.0.0.1:7301");

    @Option(names = "--key", paramLabel = "KEY", description = "API key; default: SISKIN_KEY.")
    @Nullable
    String key;

    @Option(
            names = "--model",
            paramLabel = "NAME|DIR",
            description = "Embedding model; default: the collection's, or " + CollectionSpec.DEFAULT_EMBEDDING_MODEL
                    + " for a new one.")
    @Nullable
    String model;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that embed; default: one a processor.")
    @Nullable
    Integer threads;

    @Option(names = "--json", description = "Print the report as JSON.")
    boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    boolean quiet;

    /** @throws ParameterException where an option makes no sense, by itself or beside another */
    void check() {
        if (!CollectionSpec.NAME.matcher(collection).matches()) {
            throw usage("--collection must match " + CollectionSpec.NAME + ": '" + collection + "'");
        }
        if (sourceName != null && (sourceName.isBlank() || sourceName.contains("/"))) {
            throw usage("--source-name must be a name without '/': '" + sourceName + "'");
        }
        if (watch && (dryRun || readsStandardInput())) {
            throw usage("--watch goes neither with --dry-run nor with standard input");
        }
        if (stdinName.isBlank() || stdinName.contains("/")) {
            throw usage("--stdin-name must be a name without '/': '" + stdinName + "'");
        }
        if (threads != null && (threads < 1 || threads > 256)) {
            throw usage("--threads must be from 1 to 256: " + threads);
        }
        if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
            throw usage("--url must be an http address such as http://127.0.0.1:7301: " + url);
        }
    }

    /** The paths to read from disk. */
    List<Path> files() {
        return paths.stream().filter(path -> !path.equals(STANDARD_INPUT)).toList();
    }

    boolean readsStandardInput() {
        return paths.contains(STANDARD_INPUT);
    }

    /** @throws ParameterException where a pattern is none */
    FileSelection selection() {
        try {
            return FileSelection.of(include, exclude);
        } catch (IllegalArgumentException noPattern) {
            throw usage("--include and --exclude: " + noPattern.getMessage());
        }
    }

    /**
     * Where a record has its parts; empty where files are documents.
     *
     * @throws ParameterException where that is not said as it must be
     */
    Optional<RecordFields> recordFields() {
        if (format.equals("documents")) {
            if (!fields.isEmpty()) {
                throw usage("--field goes with --format jsonl");
            }
            return Optional.empty();
        }
        if (!format.equals("jsonl")) {
            throw usage("--format must be documents or jsonl: '" + format + "'");
        }
        try {
            return Optional.of(RecordFields.of(fields));
        } catch (IllegalArgumentException noMapping) {
            throw usage("--field " + noMapping.getMessage());
        }
    }

    Optional<String> key(Settings settings) {
        return Optional.ofNullable(key).or(() -> Optional.of(settings.get(ServiceClient.KEY)));
    }

    /** How many threads embed. */
    int workers(Settings settings) {
        int configured = threads != null ? threads : settings.get(IndexerSettings.THREADS);
        return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
    }

    ParameterException usage(String message) {
        return new ParameterException(Objects.requireNonNull(command).commandLine(), message);
    }
}
