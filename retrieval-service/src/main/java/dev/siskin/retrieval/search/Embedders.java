package dev.siskin.retrieval.search;

import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelDirectory;
import dev.siskin.embedding.ModelDirectoryException;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.RetrievalException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedding models of a library, each loaded when it is first needed: some 70 MB of native memory each, freed by
 * {@link #close()}. Thread-safe; while one model loads, those that are there go on answering.
 */
public final class Embedders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Embedders.class);

    private final ModelLibrary library;
    private final EmbedderSettings settings;
    private final Map<String, Embedder> loaded = new ConcurrentHashMap<>();
    /** Whether a collection's embedder, by the fingerprint's id, is the one loaded here under that name. */
    private final Map<String, Boolean> matches = new ConcurrentHashMap<>();

    public Embedders(ModelLibrary library, EmbedderSettings settings) {
        this.library = library;
        this.settings = settings;
    }

    /**
     * The embedder of this name, loaded where it is not.
     *
     * @throws RetrievalException {@code IMPOSSIBLE} where there is no such model
     * @throws ModelDirectoryException where its files are not what they should be
     */
    public Embedder named(String name) {
        Embedder known = loaded.get(name);
        return known == null ? load(name) : known;
    }

    private synchronized Embedder load(String name) {
        Embedder meanwhile = loaded.get(name);
        if (meanwhile != null) {
            return meanwhile;
        }
        ModelDirectory directory = library.find(name)
                .orElseThrow(() -> new RetrievalException(RetrievalException.Kind.IMPOSSIBLE, library.lacks(name)));
        Embedder embedder = Embedder.open(directory, settings);
        loaded.put(name, embedder);
        LOG.info("loaded {}", embedder);
        return embedder;
    }

    /** The embedder whose vectors compare with the collection's; empty where the model is gone or has changed. */
    public Optional<Embedder> of(CollectionManifest manifest) {
        try {
            Embedder embedder = named(manifest.spec().embeddingModel());
            ModelFingerprint stored = manifest.embedder();
            boolean same =
                    matches.computeIfAbsent(manifest.name() + "\0" + stored.id(), _ -> compare(manifest, embedder));
            return same ? Optional.of(embedder) : Optional.empty();
        } catch (RetrievalException | ModelDirectoryException unavailable) {
            LOG.warn("no vectors for collection {}: {}", manifest.name(), unavailable.getMessage());
            return Optional.empty();
        }
    }

    private static boolean compare(CollectionManifest manifest, Embedder embedder) {
        boolean same = manifest.embedder().compare(embedder.fingerprint()).same();
        if (!same) {
            LOG.warn(
                    "the vectors of collection {} were made by another model than {} is now: keyword search only",
                    manifest.name(),
                    manifest.spec().embeddingModel());
        }
        return same;
    }

    /** Texts waiting for a thread now, over all models. */
    public int waiting() {
        return loaded.values().stream().mapToInt(Embedder::waiting).sum();
    }

    @Override
    public synchronized void close() {
        loaded.values().forEach(Embedder::close);
        loaded.clear();
    }
}
