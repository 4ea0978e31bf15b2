package dev.siskin.retrieval.reembed;

import dev.siskin.api.Quantization;
import dev.siskin.api.ReembedRequest;
import dev.siskin.api.ReembedStatus;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.DiskFull;
import dev.siskin.retrieval.collection.DiskReserve;
import dev.siskin.retrieval.collection.DurableFiles;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The re-embeddings of a process: one runs, {@value #MOST_WAITING} may wait. Each is an order on disk, in the folder
 * {@value #FOLDER} of its collection where the new index is built too, so that a process that dies leaves the next one all
 * it needs to go on. How an ended one went is remembered until the process ends. Thread-safe.
 */
public final class Reembeddings implements AutoCloseable {
    /** Where in a collection's folder the work lies; it goes with the collection. */
    static final String FOLDER = ".reembedding";

    private static final Logger LOG = LoggerFactory.getLogger(Reembeddings.class);
    private static final int MOST_WAITING = 100;

    private final Collections collections;
    private final Embedders embedders;
    private final DiskReserve disk;
    private final Clock clock;
    private final Map<CollectionKey, Reembedding> jobs = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().name("reembed").daemon().factory());

    public Reembeddings(Collections collections, Embedders embedders, DiskReserve disk, Clock clock) {
        this.collections = collections;
        this.embedders = embedders;
        this.disk = disk;
        this.clock = clock;
    }

    /** Goes on with what the last process left. */
    public void resume() {
        for (CollectionKey key : collections.keys()) {
            Path folder = folder(key);
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try {
                if (!Files.exists(folder.resolve(ReembedOrder.FILE))) {
                    DurableFiles.deleteTree(folder);
                    continue;
                }
                submit(key, ReembedOrder.read(folder));
                LOG.info("going on with the re-embedding of {}", key);
            } catch (IOException | RetrievalException impossible) {
                LOG.error("a re-embedding does not go on: {}: {}", key, impossible.toString());
            }
        }
    }

    /**
     * Has a collection re-embedded, soon; asking for the same again changes nothing while it is under way.
     *
     * @throws RetrievalException where there is no such collection, model or level, another re-embedding of the collection
     *     is under way, or the disk has no room for a second index
     */
    public ReembedStatus start(CollectionKey key, ReembedRequest request) throws IOException {
        return start(key, order(key, request)); // may load a model first, which nobody else waits for
    }

    private synchronized ReembedStatus start(CollectionKey key, ReembedOrder order) throws IOException {
        boolean isSource = collections
                .manifest(key)
                .filter(manifest -> manifest.index().equals(order.sourceIndex()))
                .isPresent();
        if (!isSource) {
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "collection '%s' was replaced or deleted meanwhile; ask again".formatted(key.name()));
        }
        Reembedding before = jobs.get(key);
        if (before != null && !before.hasEnded()) {
            if (before.isCancelled()) {
                throw new RetrievalException(
                        RetrievalException.Kind.CONFLICT,
                        "the re-embedding of collection '%s' is being cancelled; ask again in a moment"
                                .formatted(key.name()));
            }
            if (before.order().asksFor(order)) {
                return before.status();
            }
            throw new RetrievalException(
                    RetrievalException.Kind.CONFLICT,
                    "collection '%s' is being re-embedded with %s; wait for its end or cancel it"
                            .formatted(key.name(), before.order().embeddingModel()));
        }
        jobs.keySet().removeIf(known -> !collections.has(known));
        Path folder = folder(key);
        if (!isUnfinished(folder, order)) {
            DurableFiles.deleteTree(folder);
            try (Collection collection = collections.get(key)) {
                disk.require("a second index", collection.bytesOnDisk().total());
            }
        }
        try {
            order.write(folder);
        } catch (IOException failure) {
            throw DiskFull.unless(failure);
        }
        return submit(key, order).status();
    }

    private static boolean isUnfinished(Path folder, ReembedOrder order) {
        try {
            return Files.isDirectory(folder) && ReembedOrder.read(folder).asksFor(order);
        } catch (IOException unreadable) {
            LOG.warn("beginning anew: {}", unreadable.toString());
            return false;
        }
    }

    private ReembedOrder order(CollectionKey key, ReembedRequest request) {
        CollectionManifest manifest = collections
                .manifest(key)
                .orElseThrow(() -> new RetrievalException(
                        RetrievalException.Kind.NOT_FOUND, "there is no collection '%s'".formatted(key.name())));
        Quantization quantization =
                request.quantization() == null ? manifest.spec().quantization() : request.quantization();
        String model = request.embeddingModel() == null ? manifest.spec().embeddingModel() : request.embeddingModel();
        try (ModelLease lease = embedders.named(model)) {
            return new ReembedOrder(
                    ReembedOrder.VERSION,
                    manifest.created(),
                    manifest.index(),
                    model,
                    lease.embedder().fingerprint().id(),
                    quantization,
                    clock.instant().truncatedTo(ChronoUnit.MILLIS));
        }
    }

    private Reembedding submit(CollectionKey key, ReembedOrder order) {
        var job = new Reembedding(key, order, folder(key), collections, embedders, disk, clock);
        jobs.put(key, job);
        try {
            thread.execute(job);
        } catch (RejectedExecutionException full) {
            jobs.remove(key, job);
            job.drop();
            throw new RetrievalException(
                    RetrievalException.Kind.UNAVAILABLE,
                    "%d re-embeddings are waiting, as many as may; try again later".formatted(MOST_WAITING),
                    full);
        }
        return job;
    }

    private Path folder(CollectionKey key) {
        return collections.folderOf(key.tenant()).resolve(key.name()).resolve(FOLDER);
    }

    /** How the collection's last re-embedding stands; empty where this process knows of none. */
    public Optional<ReembedStatus> status(CollectionKey key) {
        return collections
                .manifest(key)
                .flatMap(_ -> Optional.ofNullable(jobs.get(key)).map(Reembedding::status));
    }

    /** Gives up the re-embedding of a collection, under way or failed, and what was made; false where there is none. */
    public boolean cancel(CollectionKey key) throws IOException, InterruptedException {
        if (collections.manifest(key).isEmpty()) {
            return false;
        }
        Reembedding job = jobs.get(key);
        if (job == null) {
            return dropOrder(key);
        }
        job.cancel();
        if (thread.remove(job)) {
            job.drop();
        }
        job.awaitEnd();
        synchronized (this) {
            boolean removed = jobs.remove(key, job);
            if (removed) {
                DurableFiles.deleteTree(folder(key));
            }
            return removed;
        }
    }

    /** An order of an earlier process that this one has not taken up: a low-memory start takes up none. */
    private synchronized boolean dropOrder(CollectionKey key) throws IOException {
        if (jobs.containsKey(key) || !Files.isDirectory(folder(key))) {
            return false;
        }
        DurableFiles.deleteTree(folder(key));
        return true;
    }

    /** Ends what is under way, for the next process to go on with. */
    @Override
    public void close() {
        jobs.values().forEach(job -> {
            job.stop();
            if (thread.remove(job)) {
                job.drop();
            }
        });
        thread.close();
    }
}
