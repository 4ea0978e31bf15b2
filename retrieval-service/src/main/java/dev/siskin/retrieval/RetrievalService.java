package dev.siskin.retrieval;

import dev.siskin.auth.InvalidKeyFileException;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.http.HostStartException;
import dev.siskin.http.HttpHost;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.http.AnswerBudget;
import dev.siskin.retrieval.http.CollectionRoutes;
import dev.siskin.retrieval.http.DocumentRoutes;
import dev.siskin.retrieval.http.EmbeddingRoutes;
import dev.siskin.retrieval.http.ReembedRoutes;
import dev.siskin.retrieval.http.SearchRoutes;
import dev.siskin.retrieval.http.SnapshotRoutes;
import dev.siskin.retrieval.http.WorkPool;
import dev.siskin.retrieval.reembed.Reembeddings;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.QuestionVectors;
import dev.siskin.retrieval.search.SearchEngine;
import dev.siskin.retrieval.snapshot.Snapshots;
import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.Signals;
import dev.siskin.settings.Home;
import dev.siskin.settings.SettingException;
import dev.siskin.settings.Settings;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retrieval tier: collections on disk, searched by vectors and keywords, over HTTP. Made of, from the bottom up:
 * collections, embedding models, snapshots and re-embeddings, pools of platform threads, routes, a host.
 */
public final class RetrievalService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetrievalService.class);

    private final HttpHost host;
    private final Deque<AutoCloseable> parts;

    private RetrievalService(HttpHost host, Deque<AutoCloseable> parts) {
        this.host = host;
        this.parts = parts;
    }

    /** Starts the service as the environment says and runs until it is told to stop. */
    public static void main(String[] args) {
        long began = System.nanoTime();
        var running = new AtomicReference<@Nullable RetrievalService>();
        boolean signals = Signals.onEnd(status -> end(running.get(), status));
        try {
            Settings settings = Settings.load(System.getenv());
            LOG.info("settings: {}", settings.describe(RetrievalSettings.all()));
            RetrievalService service = start(settings);
            running.set(service);
            if (!signals) {
                Runtime.getRuntime().addShutdownHook(new Thread(service::close, "stop"));
            }
            LOG.info(
                    "retrieval-service answers on {} after {} ms",
                    service.host.address(),
                    (System.nanoTime() - began) / 1_000_000);
        } catch (SettingException
                | HostStartException
                | InvalidKeyFileException
                | ModelDirectoryException
                | RetrievalException
                | IllegalStateException
                | IOException cannotStart) {
            System.err.println("retrieval-service cannot start: " + cannotStart.getMessage());
            System.exit(1);
        }
    }

    /** Ends the process; a start is broken off as {@code kill -9} would, for shutdown hooks crash it. */
    private static void end(@Nullable RetrievalService running, int status) {
        if (running == null) {
            Runtime.getRuntime().halt(status);
        } else {
            running.close();
            System.exit(status);
        }
    }

    /**
     * Starts the service; it answers when this returns.
     *
     * @throws IOException in one line where the data folder cannot be used
     * @throws IllegalStateException where the native libraries are missing
     * @throws SettingException where a setting is unknown or has an impossible value
     */
    public static RetrievalService start(Settings settings) throws IOException {
        settings.refuseUnknown(RetrievalSettings.all(), Set.of("retrieval", "embedding"));
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        try {
            HttpHost host = assemble(settings, parts);
            return new RetrievalService(host, parts);
        } catch (IOException | RuntimeException failure) {
            closeAll(parts);
            throw failure;
        }
    }

    private static HttpHost assemble(Settings settings, Deque<AutoCloseable> parts) throws IOException {
        Path data = data(settings).resolve("retrieval");
        Capacity capacity = Capacity.of(settings);
        capacity.limitation().ifPresent(LOG::warn);
        Collections collections = Collections.open(data, capacity.collections());
        parts.push(collections);
        var engine = new SearchEngine();
        var warmUp = new WarmUp(engine, data);

        ModelLibrary library = ModelLibrary.of(settings, Home.folder());
        library.nameNativeLibraries();
        var embedders = new Embedders(
                library,
                new EmbedderSettings(capacity.embeddingThreads(), settings.get(RetrievalSettings.EMBEDDING_QUEUE)),
                capacity.models());
        parts.push(embedders);
        String model = settings.get(RetrievalSettings.MODEL);
        if (!capacity.lowMemory()) {
            warmUp.begin();
            if (!model.isEmpty()) {
                embedders.named(model).close();
            }
        }

        var reads = new WorkPool("search", capacity.searchThreads(), settings.get(RetrievalSettings.SEARCH_QUEUE));
        parts.push(reads);
        var writes = new WorkPool("write", capacity.writeThreads(), settings.get(RetrievalSettings.WRITE_QUEUE));
        parts.push(writes);
        var changes = new WorkPool("collection", 1, settings.get(RetrievalSettings.WRITE_QUEUE));
        parts.push(changes);
        var commits = new WorkPool("commit", capacity.writeThreads(), capacity.bulkRequests());
        parts.push(commits);

        var disk = new DiskReserve(data, settings.get(RetrievalSettings.DISK_RESERVE));
        var snapshots = new Snapshots(collections, disk, settings.get(RetrievalSettings.SNAPSHOTS), Clock.systemUTC());
        snapshots.removeUnfinished();
        var backups = new WorkPool("snapshot", 1, SnapshotRoutes.MOST_WAITING);
        parts.push(backups);
        var reembeddings = new Reembeddings(collections, embedders, disk, Clock.systemUTC());
        parts.push(reembeddings);
        if (!capacity.lowMemory()) {
            reembeddings.resume();
        }

        HttpHost.Builder builder = HttpHost.named("retrieval-service", RetrievalSettings.HTTP.read(settings))
                .readiness(warmUp::unfinished)
                .limitation(capacity::limitation);
        measure(builder.meters(), capacity, collections, embedders, List.of(reads, writes, changes, commits, backups));
        var answers = AnswerBudget.ofThisProcess();
        new CollectionRoutes(collections, embedders, reads, changes, Clock.systemUTC()).install(builder);
        new DocumentRoutes(
                        collections,
                        embedders,
                        reads,
                        writes,
                        commits,
                        builder.meters(),
                        capacity.bulkRequests(),
                        disk,
                        answers)
                .install(builder);
        var questions = new QuestionVectors(settings.get(RetrievalSettings.QUESTION_CACHE));
        measure(builder.meters(), questions);
        new SearchRoutes(collections, embedders, questions, engine, reads, answers, builder.meters()).install(builder);
        new EmbeddingRoutes(embedders, settings.get(RetrievalSettings.MODEL)).install(builder);
        new SnapshotRoutes(collections, snapshots, disk, backups, settings.get(RetrievalSettings.RESTORE_MAX))
                .install(builder);
        new ReembedRoutes(reembeddings, writes).install(builder);
        HttpHost host = builder.start();
        parts.push(host);
        warmUp.await();
        return host;
    }

    private static void measure(
            MeterRegistry meters,
            Capacity capacity,
            Collections collections,
            Embedders embedders,
            List<WorkPool> pools) {
        Gauge.builder("siskin.retrieval.low.memory.start", capacity, start -> start.lowMemory() ? 1 : 0)
                .register(meters);
        Gauge.builder("siskin.retrieval.models.loaded", embedders, Embedders::loaded)
                .register(meters);
        Gauge.builder("siskin.retrieval.collections", collections, Collections::count)
                .register(meters);
        Gauge.builder("siskin.retrieval.collections.open", collections, Collections::openCount)
                .register(meters);
        FunctionCounter.builder("siskin.retrieval.collections.openings", collections, Collections::openings)
                .register(meters);
        Gauge.builder("siskin.retrieval.queue", embedders, Embedders::waiting)
                .tag("queue", "embedding")
                .register(meters);
        for (WorkPool pool : pools) {
            Gauge.builder("siskin.retrieval.queue", pool, WorkPool::waiting)
                    .tag("queue", pool.name())
                    .register(meters);
        }
    }

    private static void measure(MeterRegistry meters, QuestionVectors questions) {
        String name = "siskin.retrieval.question.vectors";
        FunctionCounter.builder(name, questions, QuestionVectors::hits)
                .tag("result", "hit")
                .register(meters);
        FunctionCounter.builder(name, questions, QuestionVectors::misses)
                .tag("result", "miss")
                .register(meters);
        Gauge.builder(name + ".bytes", questions, QuestionVectors::bytes).register(meters);
    }

    private static Path data(Settings settings) {
        Path set = settings.get(RetrievalSettings.DATA);
        return set.toString().isEmpty() ? Home.data(Home.folder()) : set;
    }

    /** The port it listens on. */
    public int port() {
        return host.port();
    }

    /** The routes that are registered: {@code GET /v1/collections/{name}}. */
    Set<String> routes() {
        return host.routes();
    }

    /** Refuses new requests, finishes those accepted, commits, and frees everything. */
    @Override
    public void close() {
        LOG.info("stopping: accepted requests are finished, collections closed");
        closeAll(parts);
        LOG.info("stopped");
    }

    /** Closes the parts in the order opposite to their making, all of them whatever fails. */
    private static synchronized void closeAll(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception failure) {
                LOG.error("{} did not close cleanly", part, failure);
            }
        }
    }
}
