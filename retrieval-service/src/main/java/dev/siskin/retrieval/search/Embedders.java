package dev.siskin.retrieval.search;

import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.FingerprintMatch;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.RetrievalException.Kind;
import dev.siskin.runtime.ModelDirectoryException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedding models that are loaded: a bounded number, each loaded when it is first needed, on a thread of its own,
 * and given up when another needs its place, the one unused longest first. A model takes some 70 MB of native memory.
 *
 * <h2>Concurrency</h2>
 *
 * Thread-safe; those who use a model hold a {@link ModelLease}, and one that is leased is never given up: where all are,
 * another model is unavailable for now. Loads happen one after the other; the models that are there go on answering
 * meanwhile. The monitor is held for looking up and counting only.
 *
 * <h2>Failures</h2>
 *
 * A model that cannot be loaded, or cannot be compared with the one that made a collection's vectors, is unavailable and
 * tried again after {@value #RETRY_SECONDS} s; only vectors that were compared and differ are a mismatch.
 */
public final class Embedders implements AutoCloseable {
    /** Most models loaded at once where nothing is set: the default one and one other. */
    public static final int DEFAULT_MOST = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Embedders.class);
    private static final int RETRY_SECONDS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ModelLibrary library;
    private final EmbedderSettings settings;
    private final int most;
    private final ExecutorService loader = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("model-loader").daemon().factory());

    /** By name; guarded by this. */
    private final Map<String, Model> models = new HashMap<>();

    /** A model that is being loaded, is loaded, or could not be; {@code leases} and {@code lastUsed} guarded by the pool. */
    private static final class Model {
        final CompletableFuture<Embedder> embedder = new CompletableFuture<>();
        final Map<ModelFingerprint, FingerprintMatch> matches = new ConcurrentHashMap<>();
        int leases;
        long lastUsed = System.nanoTime();
    }

    /** @param most models loaded at once */
    public Embedders(ModelLibrary library, EmbedderSettings settings, int most) {
        this.library = library;
        this.settings = settings;
        this.most = most;
    }

    /**
     * The embedder of this name, loaded where it is not; to be closed by the caller.
     *
     * @throws RetrievalException {@code IMPOSSIBLE} where there is no such model, {@code UNAVAILABLE} where it cannot be
     *     loaded now
     */
    public ModelLease named(String name) {
        Model model = take(name);
        return lease(name, model, PATIENCE);
    }

    /** {@link #of(CollectionManifest, Duration)}, however long the model takes to load. */
    public Optional<ModelLease> of(CollectionManifest manifest) {
        return of(manifest, PATIENCE);
    }

    /**
     * The embedder whose vectors compare with the collection's, to be closed by the caller; empty where the model is
     * gone or has changed.
     *
     * @param patience how long to wait for it to be loaded
     * @throws RetrievalException {@code UNAVAILABLE} where it is not loaded in time or cannot be loaded or compared now
     */
    public Optional<ModelLease> of(CollectionManifest manifest, Duration patience) {
        String name = manifest.spec().embeddingModel();
        Model model;
        try {
            model = take(name);
        } catch (RetrievalException refused) {
            if (refused.kind() == Kind.IMPOSSIBLE) {
                LOG.warn("no vectors for collection {}: {}", manifest.name(), refused.getMessage());
                return Optional.empty();
            }
            throw refused;
        }
        ModelLease lease = lease(name, model, patience);
        FingerprintMatch match =
                model.matches.computeIfAbsent(manifest.embedder(), _ -> compare(manifest, lease.embedder()));
        if (match.same()) {
            return Optional.of(lease);
        }
        lease.close();
        if (match == FingerprintMatch.UNKNOWN) {
            throw unavailable(
                    name,
                    "it has other files than the one that made the collection's vectors, and no probe"
                            + " text in common to compare with");
        }
        return Optional.empty();
    }

    private static FingerprintMatch compare(CollectionManifest manifest, Embedder embedder) {
        FingerprintMatch match = manifest.embedder().compare(embedder.fingerprint());
        if (match == FingerprintMatch.DIFFERENT) {
            LOG.warn(
                    "the vectors of collection {} were made by another model than {} is now: keyword search only",
                    manifest.name(),
                    manifest.spec().embeddingModel());
        }
        return match;
    }

    /** Counts a lease of the model, which begins to load where it is not loaded. */
    private Model take(String name) {
        synchronized (this) {
            Model known = models.get(name);
            if (known != null && !mayBeTriedAgain(known)) {
                known.leases++;
                return known;
            }
        }
        ModelDirectory directory = find(name);
        synchronized (this) {
            Model meanwhile = models.get(name);
            if (meanwhile != null && !mayBeTriedAgain(meanwhile)) {
                meanwhile.leases++;
                return meanwhile;
            }
            models.remove(name);
            Optional<Embedder> evicted = makeRoom(name);
            var model = new Model();
            try {
                loader.execute(() -> load(directory, model, evicted));
            } catch (RejectedExecutionException stopping) {
                throw unavailable(name, "the service is stopping");
            }
            models.put(name, model);
            model.leases++;
            return model;
        }
    }

    private ModelDirectory find(String name) {
        try {
            return library.find(name).orElseThrow(() -> new RetrievalException(Kind.IMPOSSIBLE, library.lacks(name)));
        } catch (ModelDirectoryException unusable) {
            throw unavailable(name, String.valueOf(unusable.getMessage()));
        }
    }

    private static boolean mayBeTriedAgain(Model model) {
        return model.embedder.isCompletedExceptionally()
                && System.nanoTime() - model.lastUsed > TimeUnit.SECONDS.toNanos(RETRY_SECONDS);
    }

    /** Takes the model out that has been unused longest, where there is no place for another. */
    private Optional<Embedder> makeRoom(String wanted) {
        models.values().removeIf(model -> model.embedder.isCompletedExceptionally() && mayBeTriedAgain(model));
        long inPlace = models.values().stream()
                .filter(model -> !model.embedder.isCompletedExceptionally())
                .count();
        if (inPlace < most) {
            return Optional.empty();
        }
        Map.Entry<String, Model> unused = models.entrySet().stream()
                .filter(entry -> entry.getValue().leases == 0)
                .filter(entry -> entry.getValue().embedder.state() == CompletableFuture.State.SUCCESS)
                .min(Comparator.comparingLong(entry -> entry.getValue().lastUsed))
                .orElseThrow(() -> unavailable(wanted, "all %d models that may be loaded are in use".formatted(most)));
        models.remove(unused.getKey());
        LOG.info("giving up {} to load {}", unused.getKey(), wanted);
        return Optional.of(unused.getValue().embedder.resultNow());
    }

    /** On the loader's thread. */
    private void load(ModelDirectory directory, Model model, Optional<Embedder> evicted) {
        try {
            evicted.ifPresent(Embedder::close);
            Embedder embedder = Embedder.open(directory, settings);
            LOG.info("loaded {}", embedder);
            model.embedder.complete(embedder);
        } catch (RuntimeException | LinkageError failed) {
            synchronized (this) {
                model.lastUsed = System.nanoTime();
                model.embedder.completeExceptionally(failed);
            }
        }
    }

    private ModelLease lease(String name, Model model, Duration patience) {
        boolean leased = false;
        try {
            Embedder embedder = model.embedder.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            leased = true;
            return new ModelLease(embedder, () -> giveBack(model));
        } catch (ExecutionException failed) {
            throw unavailable(name, String.valueOf(failed.getCause()));
        } catch (TimeoutException loading) {
            throw unavailable(name, "it is being loaded");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw unavailable(name, "the service is stopping");
        } finally {
            if (!leased) {
                giveBack(model);
            }
        }
    }

    private synchronized void giveBack(Model model) {
        model.leases--;
        if (!model.embedder.isCompletedExceptionally()) {
            model.lastUsed = System.nanoTime();
        }
    }

    private static RetrievalException unavailable(String name, String why) {
        return new RetrievalException(
                Kind.UNAVAILABLE, "embedding model %s is not available now: %s; try again".formatted(name, why));
    }

    /** Models loaded now. */
    public synchronized int loaded() {
        return (int) models.values().stream()
                .filter(model -> model.embedder.state() == CompletableFuture.State.SUCCESS)
                .count();
    }

    /** Texts waiting for a thread now, over all models. */
    public synchronized int waiting() {
        return models.values().stream()
                .filter(model -> model.embedder.state() == CompletableFuture.State.SUCCESS)
                .mapToInt(model -> model.embedder.resultNow().waiting())
                .sum();
    }

    /** Frees all models, leased or not: the service stops. */
    @Override
    public void close() {
        loader.close();
        synchronized (this) {
            for (Model model : models.values()) {
                if (model.embedder.state() == CompletableFuture.State.SUCCESS) {
                    model.embedder.resultNow().close();
                }
            }
            models.clear();
        }
    }
}
