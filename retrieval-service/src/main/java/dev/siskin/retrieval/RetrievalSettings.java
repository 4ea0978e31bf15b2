package dev.siskin.retrieval;

import dev.siskin.api.CollectionSpec;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.http.HttpSettings;
import dev.siskin.retrieval.collection.CollectionLimits;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The settings of retrieval-service; {@code docs/configuration.md} is their table. */
public final class RetrievalSettings {
    /** One body of the largest size, and room for searches beside it. */
    private static final long BODY_BUDGET = 24L << 20;

    /** Where the service listens. */
    public static final HttpSettings.Declared HTTP = HttpSettings.declare("retrieval", 7301, BODY_BUDGET);

    public static final Setting<Path> DATA = Setting.path(
            "data",
            "",
            "Folder of everything kept on disk, collections in its retrieval/; empty = .siskin below siskin.home.");

    public static final Setting<String> MODEL = Setting.text(
            "embedding.model",
            CollectionSpec.DEFAULT_EMBEDDING_MODEL,
            "Embedding model loaded at start, empty = none; others are loaded when a collection needs them.");

    public static final Setting<Boolean> LOW_MEMORY_START = Setting.flag(
            "retrieval.low.memory.start",
            false,
            "Start with everything at its smallest, to get out of being killed for memory; threads and limits below do not count then.");

    public static final Setting<Integer> OPEN_COLLECTIONS = Setting.integer(
            "retrieval.collections.open",
            CollectionLimits.DEFAULT_MOST_OPEN,
            1,
            10_000,
            "Collections kept open at once; the least recently used is closed, and opened again when it is asked for.");

    public static final Setting<Duration> COLLECTION_IDLE = Setting.duration(
            "retrieval.collections.idle",
            CollectionLimits.DEFAULT_IDLE,
            "A collection that nobody has used for so long is closed.");

    public static final Setting<Integer> MODELS = Setting.integer(
            "retrieval.embedding.models",
            Embedders.DEFAULT_MOST,
            1,
            64,
            "Embedding models loaded at once, some 70 MB each; the least recently used is given up for another.");

    public static final Setting<Integer> EMBEDDING_THREADS = Setting.integer(
            "retrieval.embedding.threads",
            0,
            0,
            256,
            "Texts embedded at once, each on one core; more than the cores only take turns; 0 = one a core, at most"
                    + " 2.");

    public static final Setting<Integer> EMBEDDING_QUEUE = Setting.integer(
            "retrieval.embedding.queue",
            64,
            1,
            100_000,
            "Texts that may wait to be embedded; beyond, searches degrade.");

    public static final Setting<Long> QUESTION_CACHE = Setting.bytes(
            "retrieval.embedding.cache.max.bytes",
            4L << 20,
            "Bytes that vectors of questions asked lately may take, some 2 KB each; 0 = embed every question.");

    public static final Setting<Integer> SEARCH_THREADS = Setting.integer(
            "retrieval.search.threads", 0, 0, 256, "Searches and reads of the index at once; 0 = one a core.");

    public static final Setting<Integer> SEARCH_QUEUE = Setting.integer(
            "retrieval.search.queue", 128, 1, 100_000, "Searches and reads that may wait; beyond, 503.");

    public static final Setting<Integer> WRITE_THREADS =
            Setting.integer("retrieval.write.threads", 0, 0, 256, "Writes at once; 0 = one a core, at most 2.");

    public static final Setting<Integer> WRITE_QUEUE =
            Setting.integer("retrieval.write.queue", 64, 1, 100_000, "Writes that may wait; beyond, 503.");

    public static final Setting<Integer> BULK_REQUESTS = Setting.integer(
            "retrieval.bulk.requests",
            4,
            1,
            64,
            "Bulk upserts under way at once, each of which may hold a line of 8 MiB; beyond, 503.");

    public static final Setting<Long> DISK_RESERVE = Setting.bytes(
            "retrieval.disk.reserve",
            64L << 20,
            "Free bytes below which no write begins, so that commits under way can end; below, 507.");

    public static final Setting<Integer> SNAPSHOTS = Setting.integer(
            "retrieval.snapshots.per.collection",
            16,
            1,
            1_000,
            "Snapshots a collection may have; each keeps the files of its time on the disk.");

    public static final Setting<Long> RESTORE_MAX = Setting.bytes(
            "retrieval.restore.max.bytes", 64L << 30, "Largest snapshot that may be restored; beyond, 413.");

    private RetrievalSettings() {}

    /** All of them, for the table of settings and the log. */
    public static List<Setting<?>> all() {
        return Stream.concat(
                        HTTP.all().stream(),
                        Stream.of(
                                DATA,
                                ModelLibrary.MODELS,
                                NativeLibraries.FOLDER,
                                LOW_MEMORY_START,
                                OPEN_COLLECTIONS,
                                COLLECTION_IDLE,
                                MODEL,
                                MODELS,
                                EMBEDDING_THREADS,
                                EMBEDDING_QUEUE,
                                QUESTION_CACHE,
                                SEARCH_THREADS,
                                SEARCH_QUEUE,
                                WRITE_THREADS,
                                WRITE_QUEUE,
                                BULK_REQUESTS,
                                DISK_RESERVE,
                                SNAPSHOTS,
                                RESTORE_MAX))
                .toList();
    }
}
