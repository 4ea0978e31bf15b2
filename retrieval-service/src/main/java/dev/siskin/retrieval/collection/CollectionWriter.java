package dev.siskin.retrieval.collection;

import dev.siskin.api.DocumentResult.Status;
import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;

/**
 * Writes a collection.
 *
 * <h2>Durability</h2>
 *
 * Operations go to a Lucene writer and become durable and visible by a commit, which carries the next generation in its
 * user data. {@link WriteBatch#commit} returns when a commit holds all operations of the batch: several batches that
 * wait share one (group commit, by Lucene's sequence numbers). A failure rolls back to the last commit, so that every
 * batch with operations in the lost session fails instead of being acknowledged; the next batch opens a new session.
 * Lucene tells of a writer that closed itself, or that a failed merge has broken, by an {@link IllegalStateException}.
 *
 * <h2>Concurrency</h2>
 *
 * Batches of different threads run side by side. Looking a document up and writing it is one step, guarded by one of
 * {@value #STRIPES} locks chosen by its id; what is not committed yet is looked up in the session, the rest in the last
 * snapshot. Deleting by filter, and the commit that publishes finished merges, have the collection for themselves. Locks
 * are taken in this order: {@code operations}, a stripe, {@code commits}.
 */
final class CollectionWriter {
    private static final int STRIPES = 64;

    private final Directory directory;
    private final Analyzer analyzer;
    private final CollectionCodec codec;
    private final boolean merges;
    private final SearcherManager searchers;
    private final Runnable merged;
    private final LongConsumer committed;
    private final ReentrantReadWriteLock operations = new ReentrantReadWriteLock();
    private final ReentrantLock commits = new ReentrantLock();
    private final Object[] stripes = new Object[STRIPES];

    private @Nullable WriterSession session;
    private Optional<RetrievalException> closed = Optional.empty();

    /**
     * @param merges whether segments are merged
     * @param merged called after each merge, on the merge's thread
     * @param committed called with each new generation, once it is durable and visible
     */
    CollectionWriter(
            Directory directory,
            Analyzer analyzer,
            CollectionCodec codec,
            boolean merges,
            SearcherManager searchers,
            Runnable merged,
            LongConsumer committed) {
        this.directory = directory;
        this.analyzer = analyzer;
        this.codec = codec;
        this.merges = merges;
        this.searchers = searchers;
        this.merged = merged;
        this.committed = committed;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    WriteBatch begin() {
        return new WriteBatch(this);
    }

    /** The session in use, a new one where the last was lost. */
    synchronized WriterSession session() {
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
            current = WriterSession.open(directory, analyzer, codec, merges, commit, merged);
            session = current;
            return current;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /** What is stored of a document, counting what this session has not committed yet. */
    Optional<WriterSession.Pending> lookUp(WriterSession current, String id) throws IOException {
        WriterSession.Pending uncommitted = current.pending.get(id);
        if (uncommitted != null) {
            return uncommitted.present() ? Optional.of(uncommitted) : Optional.empty();
        }
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            return snapshot.find(id).map(found -> new WriterSession.Pending(true, found.contentHash(), -1));
        }
    }

    /** Stores a document whole; its place in the session's sequence of operations, and what became of it. */
    Written put(WriterSession current, PreparedDocument document) {
        return operate(current, document.id(), stored -> {
            if (stored.isPresent() && isSame(stored.get(), document.contentHash())) {
                return new Written(Status.UNCHANGED, stored.get().sequence());
            }
            Map<String, MetadataType> types = current.metadataTypes.admit(document.metadata());
            Iterable<Document> block = ChunkSchema.block(document, types);
            long sequence = stored.isPresent()
                    ? current.writer.updateDocuments(new Term(ChunkSchema.ID, document.id()), block)
                    : current.writer.addDocuments(block);
            var hash = Optional.ofNullable(document.contentHash());
            current.pending.put(document.id(), new WriterSession.Pending(true, hash, sequence));
            return new Written(stored.isPresent() ? Status.REPLACED : Status.CREATED, sequence);
        });
    }

    /** Deletes a document; empty where it is not stored. */
    Optional<Long> delete(WriterSession current, String id) {
        return operate(current, id, stored -> {
            if (stored.isEmpty()) {
                return Optional.empty();
            }
            long sequence = current.writer.deleteDocuments(new Term(ChunkSchema.ID, id));
            current.pending.put(id, new WriterSession.Pending(false, Optional.empty(), sequence));
            return Optional.of(sequence);
        });
    }

    /** Deletes the documents a filter matches, durably; how many. Nobody else writes meanwhile. */
    long deleteMatching(java.util.function.Function<Snapshot, Query> filter) {
        operations.writeLock().lock();
        try {
            WriterSession current = session();
            commitAll(current);
            try (Snapshot snapshot = Snapshot.acquire(searchers)) {
                Query matching = filter.apply(snapshot);
                long documents = snapshot.searcher()
                        .count(new BooleanQuery.Builder()
                                .add(matching, BooleanClause.Occur.FILTER)
                                .add(
                                        new TermQuery(new Term(ChunkSchema.KIND, ChunkSchema.HEADER)),
                                        BooleanClause.Occur.FILTER)
                                .build());
                if (documents > 0) {
                    commit(current, current.writer.deleteDocuments(matching));
                }
                return documents;
            } catch (IOException | IllegalStateException failure) {
                current.lose(failure);
                throw failed(failure);
            }
        } finally {
            operations.writeLock().unlock();
        }
    }

    /** Returns when everything up to this operation of the session is durable and visible. */
    void commit(WriterSession current, long sequence) {
        commits.lock();
        try {
            current.loss().ifPresent(loss -> {
                throw failed(loss);
            });
            if (sequence > current.committedSequence) {
                commitNext(current);
            }
        } catch (IOException | IllegalStateException failure) {
            current.lose(failure);
            throw failed(failure);
        } finally {
            commits.unlock();
        }
    }

    /** Publishes finished merges, which change no document and therefore no generation. */
    void publishMerges() {
        operations.writeLock().lock();
        try {
            WriterSession current = currentSession();
            if (current == null || !current.pending.isEmpty() || !current.writer.hasUncommittedChanges()) {
                return;
            }
            commits.lock();
            try {
                current.writer.commit();
                searchers.maybeRefreshBlocking();
            } catch (IOException | IllegalStateException failure) {
                current.lose(failure);
            } finally {
                commits.unlock();
            }
        } finally {
            operations.writeLock().unlock();
        }
    }

    /** Whether segments are being merged, or are about to be. */
    boolean isMerging() {
        WriterSession current = currentSession();
        return current != null
                && (current.writer.hasPendingMerges()
                        || !current.writer.getMergingSegments().isEmpty());
    }

    /** Commits what is not committed, and does this while nobody writes or commits. */
    <T> T whileQuiet(Collection.QuietWork<T> work) throws IOException {
        operations.writeLock().lock();
        commits.lock();
        try {
            WriterSession current = currentSession();
            if (current != null) {
                commitAll(current);
            }
            return work.run();
        } finally {
            commits.unlock();
            operations.writeLock().unlock();
        }
    }

    /** Commits what is not committed and closes. */
    void close() {
        operations.writeLock().lock();
        try {
            WriterSession current = currentSession();
            if (current != null) {
                try {
                    commitAll(current);
                } finally {
                    discard();
                }
            }
        } finally {
            discard();
            operations.writeLock().unlock();
        }
    }

    /** Closes without a commit: another index has taken the place of this one. */
    void retire() {
        close(new RetrievalException(
                RetrievalException.Kind.UNAVAILABLE, "the collection's index was replaced meanwhile; send this again"));
    }

    /** Closes without a commit: the collection is about to be deleted. */
    void discard() {
        close(new RetrievalException(RetrievalException.Kind.NOT_FOUND, "the collection is closed or deleted"));
    }

    private synchronized void close(RetrievalException reason) {
        closed = Optional.of(reason);
        if (session != null) {
            session.close();
            session = null;
        }
    }

    private synchronized @Nullable WriterSession currentSession() {
        return session != null && session.loss().isEmpty() && session.writer.isOpen() ? session : null;
    }

    private void commitAll(WriterSession current) {
        long last = current.pending.values().stream()
                .mapToLong(WriterSession.Pending::sequence)
                .max()
                .orElse(-1);
        commit(current, last);
    }

    private void commitNext(WriterSession current) throws IOException {
        long generation = committedGeneration() + 1;
        // Lucene reads this when the commit's documents are chosen: no type of theirs can be missing then.
        current.writer.setLiveCommitData(() -> new CommitRecord(generation, current.metadataTypes.all())
                .userData()
                .entrySet()
                .iterator());
        long last = current.writer.commit();
        current.committedSequence = last;
        searchers.maybeRefreshBlocking();
        current.pending.values().removeIf(operation -> operation.sequence() <= last);
        committed.accept(generation);
    }

    private long committedGeneration() throws IOException {
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            return snapshot.generation();
        }
    }

    /** What became of a document that was put. */
    record Written(Status status, long sequence) {}

    @FunctionalInterface
    private interface Operation<T> {
        T apply(Optional<WriterSession.Pending> stored) throws IOException;
    }

    private <T> T operate(WriterSession current, String id, Operation<T> operation) {
        operations.readLock().lock();
        try {
            synchronized (stripes[Math.floorMod(id.hashCode(), STRIPES)]) {
                current.loss().ifPresent(loss -> {
                    throw failed(loss);
                });
                return operation.apply(lookUp(current, id));
            }
        } catch (IOException | IllegalStateException failure) {
            current.lose(failure);
            throw failed(current.loss().orElse(failure));
        } finally {
            operations.readLock().unlock();
        }
    }

    static boolean isSame(WriterSession.Pending stored, @Nullable String contentHash) {
        return contentHash != null && stored.contentHash().equals(Optional.of(contentHash));
    }

    private static RetrievalException failed(Throwable failure) {
        return DiskFull.caused(failure)
                ? DiskFull.explained(failure)
                : new RetrievalException(
                        RetrievalException.Kind.UNAVAILABLE,
                        "the write failed and was taken back (" + failure.getMessage() + "); send it again",
                        failure);
    }
}
