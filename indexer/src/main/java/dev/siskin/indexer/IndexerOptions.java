package dev.siskin.indexer;

import dev.siskin.api.CollectionSpec;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.options.IndexOptions;
import dev.siskin.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the {@code indexer} command, and what they say in the terms of a run. */
final class IndexerOptions extends IndexOptions {

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:SISKIN_RETRIEVAL_URL:-http://127.0.0.1:7301}",
            description = "The retrieval-service; default: SISKIN_RETRIEVAL_URL, or http://127.0.0.1:7301.")
    URI url = URI.create("http://127.0.0.1:7301");

    @Option(names = "--key", paramLabel = "KEY", description = "API key; default: SISKIN_KEY.")
    @Nullable
    String key;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that embed; default: one a processor.")
    @Nullable
    Integer threads;

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
