package dev.siskin.embedding;

/** What a text is for: it decides which of the model's two prefixes goes before it. */
public enum EmbeddingInput {
    /** A question to search with. */
    QUERY,
    /** A text to be found. */
    PASSAGE
}
