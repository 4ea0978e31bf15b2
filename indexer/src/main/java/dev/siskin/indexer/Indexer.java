package dev.siskin.indexer;

import dev.siskin.api.CollectionInfo;
import dev.siskin.api.CollectionSpec;
import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.http.ServiceClient;
import dev.siskin.http.ServiceException;
import dev.siskin.http.ServiceUnreachableException;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.Unpacking;
import dev.siskin.indexer.source.UnusableSourceException;
import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.Signals;
import dev.siskin.runtime.TokenSpans;
import dev.siskin.runtime.Tokenizer;
import dev.siskin.settings.Home;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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
    private static final long SPOOL_BYTES = 256L * 1024 * 1024;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final StopSignal stop;

    @Mixin
    IndexerOptions options = new IndexerOptions();

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
        boolean signals = Signals.onEnd(_ -> {
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
            options.check();
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
            err.println("indexer: " + options.url + " refuses: " + refusal.detail());
            return FAILED;
        }
    }

    private int run(Settings settings)
            throws UnusableSourceException, IndexerException, GaveUpException, InterruptedException {
        try (var spool = new Spool(SPOOL_BYTES)) {
            Sources sources = sources(settings, spool);
            if (options.prune && !sources.areFolders()) {
                throw options.usage(
                        "--prune takes folders, not single files: the other files of their folder would be removed");
            }
            try (ServiceClient service = ServiceClient.to(options.url).withKey(options.key(settings))) {
                return index(settings, sources, spool, new CollectionClient(service, options.collection));
            }
        }
    }

    private Sources sources(Settings settings, Spool spool) throws UnusableSourceException, InterruptedException {
        long maxFileBytes = settings.get(IndexerSettings.MAX_FILE_BYTES);
        var unpacking = new Unpacking(
                spool,
                maxFileBytes,
                new TimeAllowance(settings.get(IndexerSettings.READ_TOTAL_TIMEOUT)),
                options.recordFields());
        Sources sources =
                Sources.of(options.files(), Optional.ofNullable(options.sourceName), options.selection(), unpacking);
        return options.readsStandardInput() ? sources.with(standardInput(spool, maxFileBytes)) : sources;
    }

    /** Kept in a file until the run ends: it can be read once only. */
    private SourceFile standardInput(Spool spool, long maxFileBytes)
            throws UnusableSourceException, InterruptedException {
        try {
            Path copy = StandardInput.copy(System.in, spool, maxFileBytes, stop, err::println);
            String source = options.sourceName == null ? "stdin" : options.sourceName;
            return new SourceFile(copy, source, options.stdinName, Optional.empty(), true, Optional.empty());
        } catch (IOException failure) {
            throw new UnusableSourceException("standard input cannot be read: " + failure.getMessage());
        }
    }

    private int index(Settings settings, Sources sources, Spool spool, CollectionClient client)
            throws IndexerException, GaveUpException, InterruptedException {
        var connecting = new Patience(Duration.ofSeconds(10), stop, err::println);
        Optional<CollectionInfo> existing = find(client, connecting);
        ModelLibrary library = ModelLibrary.of(settings, Home.folder());
        library.nameNativeLibraries();
        ModelDirectory directory = modelDirectory(library, existing);
        int workers = options.workers(settings);
        try (Embedder embedder = Embedder.open(directory, new EmbedderSettings(workers, workers))) {
            if (existing.isPresent()) {
                checkSameModel(existing.get(), embedder);
            } else if (!options.dryRun) {
                checkSameModel(
                        connecting.call(() -> client.create(directory.manifest().name())), embedder);
            }
            var setup = new IndexingRun.Setup(
                    embedder::embedPassage,
                    text -> tokenStarts(embedder.tokenizer(), text),
                    embedder.fingerprint().id(),
                    workers,
                    IndexerSettings.splitting(settings, directory.manifest().maxTokens()),
                    IndexerSettings.reading(settings),
                    new TreeMap<>(options.metadata),
                    spool,
                    settings.get(IndexerSettings.PATIENCE),
                    options.prune && (existing.isPresent() || !options.dryRun),
                    options.dryRun);
            return options.watch
                    ? watch(setup, sources, client, embedder)
                    : runOnce(setup, sources, client, options.dryRun && existing.isEmpty());
        }
    }

    private int runOnce(IndexingRun.Setup setup, Sources sources, CollectionClient client, boolean isMissing)
            throws InterruptedException {
        var progress = new RunProgress(stop);
        var run = new IndexingRun(setup, client, progress, stop, EarlierRuns.neverMore());
        RunOutput output = output();
        RunReport report =
                output.showing(progress, () -> isMissing ? run.runWithoutCollection(sources) : run.run(sources));
        output.print(report);
        return status(report);
    }

    private int status(RunReport report) {
        if (report.stopped() != null) {
            return stop.reason().filter(StopSignal.Reason::interrupted).isPresent() ? INTERRUPTED : FAILED;
        }
        return report.failed() > 0 || report.notPruned() != null ? SOME_FAILED : 0;
    }

    /** Ends where the collection has another model by now, so that whoever starts it again gets that one. */
    private int watch(IndexingRun.Setup setup, Sources sources, CollectionClient client, Embedder embedder)
            throws IndexerException, InterruptedException {
        var earlier = EarlierRuns.none();
        RunOutput output = output();
        Watch.Run run = (progress, runStop) -> {
            Optional<CollectionInfo> now = findNow(client);
            if (now.isPresent()) {
                checkSameModel(now.get(), embedder);
            }
            var once = new IndexingRun(setup, client, progress, runStop, earlier);
            RunReport report = output.showing(progress, () -> once.run(sources));
            setup.spool().clear();
            return report;
        };
        new Watch(sources, run, output::print, Watch.Pauses.USUAL).until(stop);
        return INTERRUPTED;
    }

    private RunOutput output() {
        return new RunOutput(out, err, environment, options.json, options.quiet);
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

    /** Empty also where the service is away or busy, which the run meets with patience. */
    private static Optional<CollectionInfo> findNow(CollectionClient client) {
        try {
            return client.find();
        } catch (ServiceUnreachableException | ServiceException notNow) {
            return Optional.empty();
        }
    }

    private ModelDirectory modelDirectory(ModelLibrary library, Optional<CollectionInfo> existing) {
        if (options.model == null) {
            return library.open(
                    existing.map(CollectionInfo::embeddingModel).orElse(CollectionSpec.DEFAULT_EMBEDDING_MODEL));
        }
        Path folder = Path.of(options.model);
        boolean known = library.find(options.model).isPresent();
        return known || !Files.isDirectory(folder) ? library.open(options.model) : ModelDirectory.open(folder);
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

    private static int[] tokenStarts(Tokenizer tokenizer, String text) {
        TokenSpans spans = tokenizer.tokenSpans(text);
        int[] starts = new int[spans.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = spans.start(i);
        }
        return starts;
    }
}
