package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;

/** The sessions of a collection, one after the other: a write opens one where there is none or the last was lost. */
final class WriterSessions {
    private final Directory directory;
    private final Analyzer analyzer;
    private final CollectionCodec codec;
    private final int dimensions;
    private final SearcherManager searchers;
    private final WriteHeap heap;
    private final Runnable merged;
    private @Nullable WriterSession session;
    private Optional<RetrievalException> closed = Optional.empty();

    /**
     * @param dimensions of the vectors
     * @param merged called after each merge, on the merge's thread
     */
    WriterSessions(
            Directory directory,
            Analyzer analyzer,
            CollectionCodec codec,
            int dimensions,
            SearcherManager searchers,
            WriteHeap heap,
            Runnable merged) {
        this.directory = directory;
        this.analyzer = analyzer;
        this.codec = codec;
        this.dimensions = dimensions;
        this.searchers = searchers;
        this.heap = heap;
        this.merged = merged;
    }

    /** The session in use, a new one where the last was lost. */
    synchronized WriterSession get() {
        WriterSession current = session;
        if (closed.isPresent()) {
            throw closed.get();
        }
        if (current != null && current.loss().isEmpty() && !current.writer.isOpen()) {
            current.lose(new AlreadyClosedException("the writer closed itself"));
        }
        if (current != null && current.loss().isEmpty()) {
            return current;
        }
        try {
            // A refresh that failed after its commit would leave an older generation to count from.
            searchers.maybeRefreshBlocking();
        } catch (IOException failure) {
            throw failed(failure);
        }
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            var commit = new CommitRecord(snapshot.generation(), snapshot.metadataTypes());
            current = WriterSession.open(directory, analyzer, codec, dimensions, commit, heap, merged);
            session = current;
            return current;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /** The session in use; empty where there is none, or it was lost. */
    synchronized Optional<WriterSession> current() {
        WriterSession current = session;
        return current != null && current.loss().isEmpty() && current.writer.isOpen()
                ? Optional.of(current)
                : Optional.empty();
    }

    /** Gives up what the session has not committed. */
    void lose(Exception failure) {
        current().ifPresent(current -> current.lose(failure));
    }

    /** Closes without a commit; whoever asks for a session from here on is told this. */
    synchronized void close(RetrievalException reason) {
        closed = Optional.of(reason);
        if (session != null) {
            session.close();
            session = null;
        }
    }

    /** What the client is told of a write that failed. */
    static RetrievalException failed(Throwable failure) {
        return DiskFull.caused(failure)
                ? DiskFull.explained(failure)
                : new RetrievalException(
                        RetrievalException.Kind.UNAVAILABLE,
                        "the write failed and was taken back (" + failure.getMessage() + "); send it again",
                        failure);
    }
}
