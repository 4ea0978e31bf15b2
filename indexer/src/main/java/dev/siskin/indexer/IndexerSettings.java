package dev.siskin.indexer;

import dev.siskin.embedding.ModelLibrary;
import dev.siskin.http.ServiceClient;
import dev.siskin.indexer.reading.ReadLimits;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.splitting.SplitSettings;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.time.Duration;
import java.util.List;

/** The indexer's settings, each with its default and meaning. */
public final class IndexerSettings {
    private static final int SPECIAL_TOKENS = 16;

    public static final Setting<Integer> THREADS = Setting.integer(
            "indexer.embed.threads", 0, 0, 256, "Threads that embed; 0 = as many as there are processors.");
    public static final Setting<Integer> CHUNK_TOKENS = Setting.integer(
            "indexer.chunk.tokens",
            SplitSettings.DEFAULT_CHUNK_TOKENS,
            32,
            8192,
            "Most tokens of a chunk's text; fewer by default where the model takes fewer; changing it indexes everything anew.");
    public static final Setting<Integer> CHUNK_OVERLAP = Setting.integer(
            "indexer.chunk.overlap",
            SplitSettings.DEFAULT_OVERLAP_TOKENS,
            0,
            4096,
            "Most tokens a chunk repeats of the one before it.");
    public static final Setting<Long> MAX_FILE_BYTES = Setting.bytes(
            "indexer.read.max.file.bytes", 1024L * 1024 * 1024, "A larger file is reported, not indexed.");
    public static final Setting<Integer> MAX_CHARS = Setting.integer(
            "indexer.read.max.chars",
            400_000_000,
            1_000,
            600_000_000,
            "A document with more characters of text is reported, not indexed.");
    public static final Setting<Duration> READ_TIMEOUT = Setting.duration(
            "indexer.read.timeout",
            Duration.ofMinutes(2),
            "After which a parser that gives no further text of a file is given up.");
    public static final Setting<Duration> READ_TOTAL_TIMEOUT = Setting.duration(
            "indexer.read.total.timeout",
            Duration.ofMinutes(10),
            "After which a file that is still being hashed or read, a parser that still gives text of it, or an archive that is still being unpacked, is given up, for each 100 MiB of it begun; waiting for embedding does not count.");
    public static final Setting<Long> PARSER_MEMORY =
            Setting.bytes("indexer.read.parser.memory", 128L * 1024 * 1024, "Heap of the process that parses files.");
    public static final Setting<Duration> PATIENCE = Setting.duration(
            "indexer.send.patience",
            Duration.ofMinutes(5),
            "How long to go on trying while the retrieval-service is busy, full or away.");

    /** All of them; {@code docs/configuration.md} is their table. */
    public static final List<Setting<?>> ALL = List.of(
            ServiceClient.KEY,
            ModelLibrary.MODELS,
            NativeLibraries.FOLDER,
            THREADS,
            CHUNK_TOKENS,
            CHUNK_OVERLAP,
            MAX_FILE_BYTES,
            MAX_CHARS,
            READ_TIMEOUT,
            READ_TOTAL_TIMEOUT,
            PARSER_MEMORY,
            PATIENCE);

    private IndexerSettings() {}

    /**
     * How documents are split for a model.
     *
     * @param modelTokens that the model takes at once
     * @throws IndexerException where it does not take as many as are set
     */
    static SplitSettings splitting(Settings settings, int modelTokens) throws IndexerException {
        int most = modelTokens - SplitSettings.MAX_CONTEXT_TOKENS - SPECIAL_TOKENS;
        int wanted = settings.get(CHUNK_TOKENS);
        int tokens = settings.isSet(CHUNK_TOKENS) ? wanted : Math.min(wanted, most);
        if (tokens > most) {
            throw new IndexerException(
                    "%s must be at most %d for a model of %d tokens, context and special tokens counted: %d"
                            .formatted(CHUNK_TOKENS.name(), most, modelTokens, tokens));
        }
        try {
            return new SplitSettings(tokens, settings.get(CHUNK_OVERLAP));
        } catch (IllegalArgumentException wrong) {
            throw new IndexerException(String.valueOf(wrong.getMessage()));
        }
    }

    /** What a document may cost to read. */
    static ReadLimits reading(Settings settings) {
        return new ReadLimits(
                settings.get(MAX_FILE_BYTES),
                settings.get(MAX_CHARS),
                settings.get(READ_TIMEOUT),
                new TimeAllowance(settings.get(READ_TOTAL_TIMEOUT)),
                settings.get(PARSER_MEMORY));
    }
}
