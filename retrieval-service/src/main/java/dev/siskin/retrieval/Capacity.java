package dev.siskin.retrieval;

import dev.siskin.retrieval.collection.CollectionLimits;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.time.Duration;
import java.util.Optional;

/**
 * How much the service does and keeps at once: what the settings say or, after a low-memory start, the least with which
 * it answers. Such a start loads no model, rehearses nothing, merges no segments, and keeps two collections open.
 *
 * @param lowMemory whether everything is at its smallest
 * @param models loaded at once
 */
record Capacity(
        boolean lowMemory,
        int searchThreads,
        int writeThreads,
        int embeddingThreads,
        int bulkRequests,
        int models,
        CollectionLimits collections) {
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final int MOST_BY_DEFAULT = 2;
    private static final int LEAST_OPEN = 2;
    private static final Duration LEAST_IDLE = Duration.ofSeconds(10);

    static Capacity of(Settings settings) {
        if (settings.get(RetrievalSettings.LOW_MEMORY_START)) {
            return new Capacity(true, 1, 1, 1, 1, 1, new CollectionLimits(LEAST_OPEN, LEAST_IDLE, false));
        }
        return new Capacity(
                false,
                threads(settings, RetrievalSettings.SEARCH_THREADS, CORES),
                threads(settings, RetrievalSettings.WRITE_THREADS, MOST_BY_DEFAULT),
                threads(settings, RetrievalSettings.EMBEDDING_THREADS, MOST_BY_DEFAULT),
                settings.get(RetrievalSettings.BULK_REQUESTS),
                settings.get(RetrievalSettings.MODELS),
                new CollectionLimits(
                        settings.get(RetrievalSettings.OPEN_COLLECTIONS),
                        settings.get(RetrievalSettings.COLLECTION_IDLE),
                        true));
    }

    /** As many threads as the setting says; where it leaves that open, one a core. */
    private static int threads(Settings settings, Setting<Integer> setting, int mostByDefault) {
        int set = settings.get(setting);
        return set > 0 ? set : Math.min(CORES, mostByDefault);
    }

    /** What callers and operators are to know of it; empty where it is as set. */
    Optional<String> limitation() {
        return lowMemory
                ? Optional.of("low-memory start: one request at a time, no merges; restart without it when well")
                : Optional.empty();
    }
}
