package dev.siskin.indexer;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Json;
import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelDirectoryException;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.embedding.TokenSpans;
import dev.siskin.embedding.Tokenizer;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.indexer.progress.ProgressDisplay;
import dev.siskin.indexer.progress.ReportTable;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.HashMemory;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.SourceState;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.Unpacking;
import dev.siskin.indexer.source.UnusableSourceException;
import dev.siskin.indexer.splitting.SplitSettings;
import dev.siskin.settings.Home;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code indexer} command, and the composition root: from top to bottom what a run needs, and in which order it may
 * fail before the first file is read.
 */
@Command(
        name = "indexer",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Index files and folders into a collection of the retrieval-service.",
            "A second run sends only what changed. Ctrl-C stops it; the next run goes on."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:all documents are in",
            "1:failed: a path that is not there, the service away, another model",
            "2:wrong usage",
            "3:some documents could not be indexed, or --prune removed nothing; the report says which and why",
            "130:interrupted"
        })
public final class Indexer implements Callable<Integer> {
    static final int FAILED = 1;
    static final int SOME_FAILED = 3;
    static final int INTERRUPTED = 130;

    private static final Duration STOP_WITHIN = Duration.ofSeconds(25);
    private static final Duration WATCH_EVERY = Duration.ofSeconds(2);
    private static final Duration WATCH_AFTER_FAILURE = Duration.ofSeconds(30);
    private static final Path STANDARD_INPUT = Path.of("-");
    private static final long SPOOL_BYTES = 256L * 1024 * 1024;
    private static final int SPECIAL_TOKENS = 16;
    private static final int DEFAULT_COLUMNS = 80;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final StopSignal stop;

    @Spec
    @Nullable
    CommandSpec spec;

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

    Indexer(Map<String, String> environment, PrintStream out, PrintStream err, StopSignal stop) {
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.stop = stop;
    }

    /** Runs the command and exits with its status. */
    public static void main(String[] args) {
        if (System.getenv("SISKIN_LOG_LEVEL") == null) {
            // What matters of a file is in the report; the parsers' own lines would drown the progress.
            System.setProperty("SISKIN_LOG_LEVEL", "OFF");
        }
        var stop = new StopSignal();
        var ended = new CountDownLatch(1);
        boolean signals = Signals.onEnd(() -> {
            stopAndWait(stop, ended);
            if (ended.getCount() > 0) {
                Runtime.getRuntime().halt(INTERRUPTED);
            }
        });
        if (!signals) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(stop, ended), "stop"));
        }
        int status = commandLine(System.getenv(), System.out, System.err, stop).execute(args);
        ended.countDown();
        System.exit(status);
    }

    private static void stopAndWait(StopSignal stop, CountDownLatch ended) {
        stop.request(new StopSignal.Reason("interrupted", true));
        try {
            if (!ended.await(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("indexer: a request did not end in time; run again to go on");
            }
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command, to be executed with arguments. */
    static CommandLine commandLine(Map<String, String> environment, PrintStream out, PrintStream err, StopSignal stop) {
        return new CommandLine(new Indexer(environment, out, err, stop))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((wrong, ignored) -> {
                    err.println("indexer: " + wrong.getMessage() + "; see --help");
                    return CommandLine.ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, err, stop));
    }

    /** What a library throws when the process is ended under it is no error: some cannot even load then. */
    private static int failed(Exception failure, PrintStream err, StopSignal stop) {
        if (stop.reason().isPresent()) {
            err.println("indexer: " + stop.reason().get().text() + " before anything was indexed");
            return INTERRUPTED;
        }
        err.println("indexer: internal error: " + failure + "; report it");
        return FAILED;
    }

    @Override
    public Integer call() throws InterruptedException {
        try {
            Settings settings = Settings.load(environment);
            settings.refuseUnknown(IndexerSettings.ALL, Set.of("indexer"));
            checkOptions();
            return run(settings);
        } catch (UnusableSourceException
                | IndexerException
                | GaveUpException
                | SettingException
                | ModelDirectoryException
                | UncheckedIOException failure) {
            err.println("indexer: " + failure.getMessage());
            return stop.reason().filter(StopSignal.Reason::interrupted).isPresent() ? INTERRUPTED : FAILED;
        } catch (ServiceUnreachableException away) {
            err.println("indexer: " + away.getMessage());
            return FAILED;
        } catch (ServiceException refusal) {
            err.println("indexer: " + url + " refuses: " + refusal.detail());
            return FAILED;
        }
    }

    private int run(Settings settings)
            throws UnusableSourceException, IndexerException, GaveUpException, InterruptedException {
        try (var spool = new Spool(SPOOL_BYTES)) {
            Sources sources = sources(settings, spool);
            if (prune && !sources.areFolders()) {
                throw usage(
                        "--prune takes folders, not single files: the other files of their folder would be removed");
            }
            try (ServiceClient service = ServiceClient.to(url).withKey(key(settings))) {
                return index(settings, sources, spool, new CollectionClient(service, collection));
            }
        }
    }

    private Sources sources(Settings settings, Spool spool) throws UnusableSourceException, InterruptedException {
        long maxFileBytes = settings.get(IndexerSettings.MAX_FILE_BYTES);
        var unpacking = new Unpacking(spool, maxFileBytes, recordFields());
        List<Path> files =
                paths.stream().filter(path -> !path.equals(STANDARD_INPUT)).toList();
        Sources sources = Sources.of(files, Optional.ofNullable(sourceName), selection(), unpacking);
        return files.size() == paths.size() ? sources : sources.with(standardInput(spool, maxFileBytes));
    }

    /** Kept in a file until the run ends: it can be read once only. */
    private SourceFile standardInput(Spool spool, long maxFileBytes)
            throws UnusableSourceException, InterruptedException {
        try {
            Path copy = StandardInput.copy(System.in, spool, maxFileBytes, stop, err::println);
            String source = sourceName == null ? "stdin" : sourceName;
            return new SourceFile(copy, source, stdinName, Optional.empty(), true, Optional.empty());
        } catch (IOException failure) {
            throw new UnusableSourceException("standard input cannot be read: " + failure.getMessage());
        }
    }

    private Optional<RecordFields> recordFields() {
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

    private Optional<String> key(Settings settings) {
        return Optional.ofNullable(key).or(() -> Optional.of(settings.get(ServiceClient.KEY)));
    }

    private void checkOptions() {
        if (!CollectionSpec.NAME.matcher(collection).matches()) {
            throw usage("--collection must match " + CollectionSpec.NAME + ": '" + collection + "'");
        }
        if (sourceName != null && (sourceName.isBlank() || sourceName.contains("/"))) {
            throw usage("--source-name must be a name without '/': '" + sourceName + "'");
        }
        if (watch && (dryRun || paths.contains(STANDARD_INPUT))) {
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

    private FileSelection selection() {
        try {
            return FileSelection.of(include, exclude);
        } catch (IllegalArgumentException noPattern) {
            throw usage("--include and --exclude: " + noPattern.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), message);
    }

    private int index(Settings settings, Sources sources, Spool spool, CollectionClient client)
            throws IndexerException, GaveUpException, InterruptedException {
        Duration patience = settings.get(IndexerSettings.PATIENCE);
        var connecting = new Patience(Duration.ofSeconds(10), stop, err::println);
        Optional<CollectionInfo> existing = find(client, connecting);
        ModelLibrary library = ModelLibrary.of(settings, Home.folder());
        library.nameNativeLibraries();
        ModelDirectory directory = modelDirectory(library, existing);
        int workers = workers(settings);
        try (Embedder embedder = Embedder.open(directory, new EmbedderSettings(workers, workers))) {
            if (existing.isPresent()) {
                checkSameModel(existing.get(), embedder);
            } else if (!dryRun) {
                checkSameModel(
                        connecting.call(() -> client.create(directory.manifest().name())), embedder);
            }
            var setup = new IndexingRun.Setup(
                    embedder::embedPassage,
                    text -> tokenStarts(embedder.tokenizer(), text),
                    embedder.fingerprint().id(),
                    workers,
                    splitting(settings, directory.manifest().maxTokens()),
                    reading(settings),
                    new TreeMap<>(metadata),
                    spool,
                    patience,
                    prune && (existing.isPresent() || !dryRun),
                    dryRun);
            boolean isMissing = dryRun && existing.isEmpty();
            return watch
                    ? watch(setup, sources, client)
                    : print(runOnce(setup, sources, client, stop, new HashMemory(), isMissing), stop);
        }
    }

    private RunReport runOnce(
            IndexingRun.Setup setup,
            Sources sources,
            CollectionClient client,
            StopSignal runStop,
            HashMemory hashes,
            boolean isMissing)
            throws InterruptedException {
        var progress = new RunProgress(runStop);
        var run = new IndexingRun(setup, client, progress, runStop, hashes);
        return showing(progress, () -> isMissing ? run.runWithoutCollection(sources) : run.run(sources));
    }

    /** Runs again whenever a file has changed, until stopped; after a run that failed, also when none has. */
    private int watch(IndexingRun.Setup setup, Sources sources, CollectionClient client) throws InterruptedException {
        var hashes = new HashMemory();
        while (true) {
            long before = SourceState.of(sources);
            var runStop = new StopSignal();
            stop.alsoStops(runStop);
            RunReport report = runOnce(setup, sources, client, runStop, hashes, false);
            stop.forget(runStop);
            setup.spool().clear();
            if (report.hasNews()) {
                print(report, runStop);
            }
            boolean failed = report.stopped() != null && stop.reason().isEmpty();
            if (stop.await(failed ? WATCH_AFTER_FAILURE : WATCH_EVERY)) {
                return INTERRUPTED;
            }
            while (!failed && SourceState.of(sources) == before) {
                if (stop.await(WATCH_EVERY)) {
                    return INTERRUPTED;
                }
            }
        }
    }

    /** A service that does not answer at all is reported at once: waiting is for one that was there. */
    private static Optional<CollectionInfo> find(CollectionClient client, Patience connecting)
            throws GaveUpException, InterruptedException {
        try {
            return client.find();
        } catch (ServiceException refusal) {
            return connecting.call(client::find);
        }
    }

    @FunctionalInterface
    private interface Run {
        RunReport run() throws InterruptedException;
    }

    private RunReport showing(RunProgress progress, Run run) throws InterruptedException {
        if (quiet) {
            return run.run();
        }
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        try (ProgressDisplay _ = ProgressDisplay.start(progress, err, terminal, columns())) {
            return run.run();
        }
    }

    private int columns() {
        String columns = environment.getOrDefault("COLUMNS", "");
        return columns.matches("[1-9]\\d{0,3}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS;
    }

    private int print(RunReport report, StopSignal runStop) {
        if (json) {
            try {
                out.println(Json.MAPPER.writeValueAsString(report));
            } catch (JsonProcessingException unwritable) {
                throw new IllegalStateException("not writable as JSON: " + unwritable.getOriginalMessage(), unwritable);
            }
        } else {
            out.print(ReportTable.of(report));
            out.flush();
        }
        if (report.stopped() != null) {
            return runStop.reason().filter(StopSignal.Reason::interrupted).isPresent() ? INTERRUPTED : FAILED;
        }
        return report.failed() > 0 || report.notPruned() != null ? SOME_FAILED : 0;
    }

    private ModelDirectory modelDirectory(ModelLibrary library, Optional<CollectionInfo> existing) {
        if (model == null) {
            return library.open(
                    existing.map(CollectionInfo::embeddingModel).orElse(CollectionSpec.DEFAULT_EMBEDDING_MODEL));
        }
        Path folder = Path.of(model);
        boolean known = library.find(model).isPresent();
        return known || !Files.isDirectory(folder) ? library.open(model) : ModelDirectory.open(folder);
    }

    private static void checkSameModel(CollectionInfo info, Embedder embedder) throws IndexerException {
        String own = embedder.fingerprint().id();
        if (!info.embedder().equals(own)) {
            throw new IndexerException(
                    "collection %s holds vectors of another model: %s with fingerprint %s, here %s with %s; name the collection's model with --model, or index into a new collection"
                            .formatted(
                                    info.name(),
                                    info.embeddingModel(),
                                    info.embedder(),
                                    embedder.manifest().name(),
                                    own));
        }
    }

    private int workers(Settings settings) {
        int configured = threads != null ? threads : settings.get(IndexerSettings.THREADS);
        return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
    }

    private static SplitSettings splitting(Settings settings, int modelTokens) throws IndexerException {
        int most = modelTokens - SplitSettings.MAX_CONTEXT_TOKENS - SPECIAL_TOKENS;
        int wanted = settings.get(IndexerSettings.CHUNK_TOKENS);
        int tokens = settings.isSet(IndexerSettings.CHUNK_TOKENS) ? wanted : Math.min(wanted, most);
        if (tokens > most) {
            throw new IndexerException(
                    "%s must be at most %d for a model of %d tokens, context and special tokens counted: %d"
                            .formatted(IndexerSettings.CHUNK_TOKENS.name(), most, modelTokens, tokens));
        }
        try {
            return new SplitSettings(tokens, settings.get(IndexerSettings.CHUNK_OVERLAP));
        } catch (IllegalArgumentException wrong) {
            throw new IndexerException(String.valueOf(wrong.getMessage()));
        }
    }

    private static ReadLimits reading(Settings settings) {
        return new ReadLimits(
                settings.get(IndexerSettings.MAX_FILE_BYTES),
                settings.get(IndexerSettings.MAX_CHARS),
                settings.get(IndexerSettings.READ_TIMEOUT),
                settings.get(IndexerSettings.PARSER_MEMORY));
    }

    private static int[] tokenStarts(Tokenizer tokenizer, String text) {
        TokenSpans spans = tokenizer.tokenSpans(text);
        int[] starts = new int[spans.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = spans.start(i);
        }
        return starts;
    }
}
