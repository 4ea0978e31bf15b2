package dev.siskin.retrieval.collection;

import java.io.IOException;

/**
 * What a snapshot of a collection holds.
 *
 * @param deletedChunks deleted and not yet merged away
 */
public record Counts(long documents, long chunks, long deletedChunks, int segments, long generation) {
    static Counts of(Snapshot snapshot) throws IOException {
        return new Counts(
                snapshot.documents(),
                snapshot.chunks(),
                snapshot.deletedChunks(),
                snapshot.reader().leaves().size(),
                snapshot.generation());
    }
}
