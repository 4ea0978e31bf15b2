package dev.siskin.indexer.splitting;

/**
 * How long chunks are, in tokens of the embedding model.
 *
 * @param chunkTokens most tokens of a chunk's text, its context not counted
 * @param overlapTokens most tokens a chunk of prose shares with the one before it
 */
public record SplitSettings(int chunkTokens, int overlapTokens) {
    /** Long enough for a thought with its surroundings, short enough for one vector to mean one thing. */
    public static final int DEFAULT_CHUNK_TOKENS = 300;

    /** A sentence or two: what a pronoun at the beginning of a chunk refers to. */
    public static final int DEFAULT_OVERLAP_TOKENS = 30;

    /** Most tokens of the context in front of a chunk. */
    public static final int MAX_CONTEXT_TOKENS = 64;

    private static final int MAX_CHARS_PER_TOKEN = 12;

    /** Most UTF-16 units of the context, for the same reason as {@link #chunkChars()}. */
    static final int MAX_CONTEXT_CHARS = MAX_CONTEXT_TOKENS * MAX_CHARS_PER_TOKEN;

    public static final SplitSettings DEFAULTS = new SplitSettings(DEFAULT_CHUNK_TOKENS, DEFAULT_OVERLAP_TOKENS);

    public SplitSettings {
        if (chunkTokens < 32) {
            throw new IllegalArgumentException("indexer.chunk.tokens must be 32 or more: " + chunkTokens);
        }
        if (overlapTokens < 0 || overlapTokens > chunkTokens / 2) {
            throw new IllegalArgumentException(
                    "indexer.chunk.overlap must be from 0 to half of indexer.chunk.tokens (%d): %d"
                            .formatted(chunkTokens / 2, overlapTokens));
        }
    }

    /**
     * Most UTF-16 units of a chunk's text: a tokenizer takes a long run without spaces for a single unknown token, and
     * white space for none.
     */
    public int chunkChars() {
        return chunkTokens * MAX_CHARS_PER_TOKEN;
    }

    /** Fewer tokens make no chunk of code where it can be helped: they would say too little. */
    public int fragmentTokens() {
        return chunkTokens / 6;
    }

    /** A section with fewer tokens may share a chunk with its neighbours. */
    public int smallTokens() {
        return chunkTokens / 3;
    }
}
