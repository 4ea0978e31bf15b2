package dev.siskin.indexer;

import dev.siskin.http.ServiceException;
import dev.siskin.indexer.embedding.EmbeddingStage;
import dev.siskin.indexer.embedding.PassageEmbedder;
import dev.siskin.indexer.progress.Estimate;
import dev.siskin.indexer.progress.RunProgress;
import dev.siskin.indexer.progress.RunReport;
import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.reading.DocumentReader;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.sending.CollectionClient;
import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.sending.DocumentSender;
import dev.siskin.indexer.sending.GaveUpException;
import dev.siskin.indexer.sending.Patience;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimedReads;
import dev.siskin.indexer.splitting.DocumentSplitter;
import dev.siskin.indexer.splitting.SplitSettings;
import dev.siskin.indexer.splitting.TokenStarts;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run over some sources.
 *
 * <h2>Stages</h2>
 *
 * <pre>
 * find changes ──files──▶ read and split ──▶ embed, a thread a core
 *  (1 thread)             (1 thread)       └──▶ send, in order (1 thread)
 * </pre>
 *
 * All overlap; every queue between them is bounded, so that memory does not grow with the number of documents. A stage
 * that cannot go on stops the others through the {@link StopSignal}; the sender then still sends what is ready. A
 * document is stored whole and together with its hash, so that a run killed at any time is continued by the next.
 */
final class IndexingRun {
    private static final int QUEUED_FILES = 256;
    private static final long TICK_MS = 100;

    /** Anything that runs on a thread of the run. */
    private interface Stage {
        void run() throws GaveUpException, InterruptedException;
    }

    /**
     * What a run is made with.
     *
     * @param fingerprint id of the embedding model's
     * @param threads that embed
     * @param metadata of all documents
     * @param spool where entries of archives wait
     * @param prunes whether documents are removed whose file is gone
     * @param dry whether nothing is sent nor removed, only said
     */
    record Setup(
            PassageEmbedder embedder,
            TokenStarts tokens,
            String fingerprint,
            int threads,
            SplitSettings splitting,
            ReadLimits reading,
            Map<String, String> metadata,
            Spool spool,
            Duration patience,
            boolean prunes,
            boolean dry) {}

    private final Setup setup;
    private final CollectionClient collection;
    private final RunProgress progress;
    private final StopSignal stop;
    private final EarlierRuns earlier;
    private final BlockingQueue<ChangedFile> changed = new ArrayBlockingQueue<>(QUEUED_FILES);
    private final Instant began = Instant.now();
    private volatile boolean allFound;
    private volatile Optional<Estimate> estimate = Optional.empty();

    IndexingRun(Setup setup, CollectionClient collection, RunProgress progress, StopSignal stop, EarlierRuns earlier) {
        this.setup = setup;
        this.collection = collection;
        this.progress = progress;
        this.stop = stop;
        this.earlier = earlier;
    }

    /** Runs to the end, or until stopped. */
    RunReport run(Sources sources) throws InterruptedException {
        return run(sources, collection::hashes);
    }

    /** Says what a run into a collection would do that does not exist yet. */
    RunReport runWithoutCollection(Sources sources) throws InterruptedException {
        return run(sources, _ -> new HashMap<String, @Nullable String>());
    }

    private RunReport run(Sources sources, ChangeFinder.Hashes stored) throws InterruptedException {
        long started = System.nanoTime();
        var patience = new Patience(setup.patience(), stop, progress::notice);
        var finder = new ChangeFinder(
                stored, patience, contentHash(), progress, changed, setup.spool(), earlier, setup.reading());
        if (setup.dry()) {
            lookOnly(finder, sources);
        } else {
            index(finder, sources, patience);
        }
        if (allFound && finder.isComplete()) {
            earlier.retain(finder::hasSeen);
        }
        if (setup.prunes() && stop.reason().isEmpty()) {
            Thread prune = start("prune", () -> prune(sources, finder, patience));
            stop.interrupts(prune);
            prune.join();
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        Optional<String> stopped = stop.reason().map(StopSignal.Reason::text);
        return RunReport.of(
                collection.name(),
                collection.service(),
                progress,
                seconds,
                stopped.orElse(null),
                setup.dry(),
                estimate.orElse(null));
    }

    private void index(ChangeFinder finder, Sources sources, Patience patience) throws InterruptedException {
        var sender = new DocumentSender(collection, setup.fingerprint(), patience, progress, stop);
        try (EmbeddingStage embedding = EmbeddingStage.start(setup.embedder(), setup.threads(), progress);
                var reader = new DocumentReader(setup.reading())) {
            var preparer = new DocumentPreparer(
                    reader,
                    new DocumentSplitter(setup.splitting(), setup.tokens()),
                    embedding,
                    sender,
                    progress,
                    contentHash(),
                    new DocumentMetadata(setup.metadata()),
                    setup.spool(),
                    earlier.failures());
            Thread find = start("find", () -> findAll(finder, sources));
            Thread read = start("read", () -> {
                forEachChanged(preparer::prepare);
                progress.reading("");
                sender.complete();
            });
            stop.interrupts(find);
            stop.interrupts(read);
            Thread send = start("send", sender::run);
            find.join();
            read.join();
            send.join();
        }
    }

    private void lookOnly(ChangeFinder finder, Sources sources) throws InterruptedException {
        try (var reader = new DocumentReader(setup.reading())) {
            lookOnly(finder, sources, new DryRun(setup, reader, progress, setup.spool()));
        }
    }

    private void lookOnly(ChangeFinder finder, Sources sources, DryRun dryRun) throws InterruptedException {
        Thread find = start("find", () -> findAll(finder, sources));
        Thread read = start("read", () -> {
            forEachChanged(dryRun::count);
            estimate = dryRun.estimate();
        });
        stop.interrupts(find);
        stop.interrupts(read);
        find.join();
        read.join();
    }

    /** Nothing is removed where something is wrong with a source itself, as with a disk that is not mounted. */
    private void prune(Sources sources, ChangeFinder finder, Patience patience)
            throws GaveUpException, InterruptedException {
        if (!finder.isComplete()) {
            progress.notPruned("a folder could not be looked into, see above");
            return;
        }
        for (String source : sources.folderNames()) {
            if (!finder.hasFiles(source)) {
                progress.notPruned(
                        "%s holds not one file to index; delete its documents, or the collection, if that is meant"
                                .formatted(source));
                return;
            }
        }
        var pruner = new Pruner(sources, began, collection, patience, progress, stop, !setup.dry());
        for (String source : sources.folderNames()) {
            pruner.prune(source, finder::hasSeen);
        }
    }

    private ContentHash contentHash() {
        return new ContentHash(
                List.of(
                        "siskin-indexer",
                        Integer.toString(DocumentReader.VERSION),
                        Integer.toString(DocumentSplitter.VERSION),
                        setup.splitting().toString(),
                        setup.fingerprint(),
                        setup.metadata().entrySet().stream()
                                .map(field -> field.getKey() + "\0" + field.getValue())
                                .collect(Collectors.joining("\0\0"))),
                new TimedReads(setup.reading().allowance()));
    }

    private void findAll(ChangeFinder finder, Sources sources) throws GaveUpException, InterruptedException {
        ChangeFinder.count(sources).ifPresent(progress::found);
        finder.find(sources);
        allFound = true;
    }

    @FunctionalInterface
    private interface Changed {
        void file(ChangedFile file) throws InterruptedException;
    }

    private void forEachChanged(Changed then) throws InterruptedException {
        while (true) {
            boolean last = allFound;
            ChangedFile next = changed.poll(last ? 0 : TICK_MS, TimeUnit.MILLISECONDS);
            if (next != null) {
                then.file(next);
            } else if (last) {
                return;
            }
        }
    }

    private Thread start(String name, Stage stage) {
        return Thread.ofPlatform().name(name).start(() -> {
            try {
                stage.run();
            } catch (GaveUpException gaveUp) {
                stop(String.valueOf(gaveUp.getMessage()));
            } catch (ServiceException refusal) {
                stop("the service refuses: " + refusal.detail());
            } catch (InterruptedException interrupted) {
                stop("interrupted");
            } catch (OutOfMemoryError full) {
                stop("out of memory while " + name + "ing; give the run more --memory");
            } catch (RuntimeException | Error bug) {
                stop("internal error in stage " + name + ": " + bug);
            }
        });
    }

    private void stop(String why) {
        stop.request(new StopSignal.Reason(why, false));
    }
}
