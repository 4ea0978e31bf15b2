package dev.siskin.indexer.embedding;

import dev.siskin.embedding.Embedding;

/** Gives a passage its vector; called by several threads at once. */
@FunctionalInterface
public interface PassageEmbedder {
    /** Embeds one text. */
    Embedding embed(String text);
}
