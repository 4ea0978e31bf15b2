package dev.siskin.retrieval.collection;

import dev.siskin.api.DocumentResult.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
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
 * snapshot. A document that came in parts takes several operations, which hold {@code commits}, so that no commit tears
 * them apart. Deleting by filter, and the commit that publishes finished merges, have the collection for themselves. Locks
 * are taken in this order: {@code operations}, a stripe, {@code commits}.
 */
final class CollectionWriter {
    /** A collection is quiet when nothing was written for so long. */
    static final Duration QUIET = Duration.ofSeconds(10);

    private static final int STRIPES = 64;

    private final WriterSessions sessions;
    private final SearcherManager searchers;
    private final WriteHeap heap;
    private final InstantSource clock;
    private final LongConsumer committed;
    private final ReentrantReadWriteLock operations = new ReentrantReadWriteLock();
    private final ReentrantLock commits = new ReentrantLock();
    private final Object[] stripes = new Object[STRIPES];
    private final DocumentParts parts;

    private volatile Instant lastWrite = Instant.MIN;

    /** @param committed called with each new generation, once it is durable and visible */
    CollectionWriter(
            WriterSessions sessions,
            SearcherManager searchers,
            WriteHeap heap,
            InstantSource clock,
            LongConsumer committed) {
        this.sessions = sessions;
        this.searchers = searchers;
        this.heap = heap;
        this.committed = committed;
        this.clock = clock;
        this.parts = new DocumentParts(searchers, clock);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    WriteBatch begin() {
        return new WriteBatch(this);
    }

    /** The session in use, a new one where the last was lost. */
    WriterSession session() {
        return sessions.get();
    }

    /** What is stored of a document, counting what this session has not committed yet. */
    Optional<WriterSession.Pending> lookUp(WriterSession current, String id) throws IOException {
        WriterSession.Pending uncommitted = current.pending.get(id);
        if (uncommitted != null) {
            return uncommitted.present() ? Optional.of(uncommitted) : Optional.empty();
        }
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            return snapshot.find(id)
                    .map(found -> new WriterSession.Pending(true, found.contentHash(), found.parts(), -1));
        }
    }

    /** The parts that are here of a document, counting what this session has not committed yet. */
    WriterSession.Coming coming(WriterSession current, String id, String contentHash) throws IOException {
        return parts.coming(current, PartialDocument.token(id, contentHash));
    }

    /** Stores a line of a document; its place in the session's sequence of operations, and what became of it. */
    Written put(WriterSession current, PreparedDocument document, Optional<DocumentLine> line) {
        heap.settle();
        return operate(current, document.id(), stored -> {
            String hash = document.contentHash();
            if (stored.isPresent() && isSame(stored.get(), hash)) {
                return new Written(Status.UNCHANGED, stored.get().sequence());
            }
            if (hash == null || line.isEmpty()) {
                return replace(current, stored, document);
            }
            String token = PartialDocument.token(document.id(), hash);
            WriterSession.Coming coming = parts.coming(current, token);
            return switch (line.get().step(coming.partial())) {
                case KNOWN -> new Written(Status.UNCHANGED, coming.sequence());
                case FIRST -> parts.begin(current, document, line.get(), token);
                case NEXT ->
                    parts.add(current, document, line.get(), coming.partial().orElseThrow());
                case LAST ->
                    together(() -> parts.publish(
                            current,
                            stored,
                            document,
                            line.get(),
                            coming.partial().orElseThrow()));
                case WHOLE -> {
                    var _ = parts.drop(current, token);
                    yield replace(current, stored, document);
                }
            };
        });
    }

    private Written replace(WriterSession current, Optional<WriterSession.Pending> stored, PreparedDocument document)
            throws IOException {
        Map<String, MetadataType> types = current.metadataTypes.admit(document.metadata());
        Iterable<Document> block = ChunkSchema.block(document, types);
        var id = ChunkSchema.whole(document.id());
        long sequence;
        if (stored.isEmpty()) {
            sequence = current.writer.addDocuments(block);
        } else if (stored.get().parts().isEmpty()) {
            sequence = current.writer.updateDocuments(id, block);
        } else {
            sequence = together(() -> {
                long replaced = current.writer.updateDocuments(id, block);
                DocumentParts.deleteChunks(current, stored);
                return replaced;
            });
        }
        var hash = Optional.ofNullable(document.contentHash());
        current.pending.put(document.id(), new WriterSession.Pending(true, hash, Optional.empty(), sequence));
        return new Written(stored.isPresent() ? Status.REPLACED : Status.CREATED, sequence);
    }

    /** Deletes the parts that are here of a version of a document; empty where there are none. */
    Optional<Long> deleteParts(WriterSession current, String id, String contentHash) {
        String token = PartialDocument.token(id, contentHash);
        return operate(current, id, _ -> together(() -> parts.withdraw(current, token)));
    }

    /** Deletes a document; empty where it is not stored. */
    Optional<Long> delete(WriterSession current, String id) {
        return operate(current, id, stored -> {
            if (stored.isEmpty()) {
                return Optional.empty();
            }
            long sequence = current.writer.deleteDocuments(terms(id, stored.get()));
            current.pending.put(id, new WriterSession.Pending(false, Optional.empty(), Optional.empty(), sequence));
            return Optional.of(sequence);
        });
    }

    private static Term[] terms(String id, WriterSession.Pending stored) {
        var byId = ChunkSchema.whole(id);
        return stored.parts()
                .map(token -> new Term[] {byId, ChunkSchema.inParts(token)})
                .orElse(new Term[] {byId});
    }

    /** Deletes the documents a filter matches, durably; how many. Nobody else writes meanwhile. */
    long deleteMatching(java.util.function.Function<Snapshot, Query> filter) {
        operations.writeLock().lock();
        try {
            WriterSession current = sessions.get();
            commitAll(current);
            try (Snapshot snapshot = Snapshot.acquire(searchers)) {
                Query matching = Snapshot.shown(filter.apply(snapshot));
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
                throw WriterSessions.failed(failure);
            }
        } finally {
            operations.writeLock().unlock();
        }
    }

    /** Returns when everything up to this operation of the session is durable and visible. */
    void commit(WriterSession current, long sequence) {
        commit(current, sequence, Runnable::run);
    }

    /**
     * Returns when everything up to this operation of the session is durable and visible. Waits on the calling thread,
     * which may be a virtual one, so that as many as like share a commit.
     *
     * @param runner runs the commit itself, where this thread is the one to make it, and returns when it has ended
     */
    void commit(WriterSession current, long sequence, Consumer<Runnable> runner) {
        commits.lock();
        try {
            current.loss().ifPresent(loss -> {
                throw WriterSessions.failed(loss);
            });
            if (sequence > current.committedSequence) {
                runner.accept(() -> commitNext(current));
            }
        } finally {
            commits.unlock();
        }
    }

    /** Publishes finished merges, which change no document and therefore no generation. */
    void publishMerges() {
        operations.writeLock().lock();
        try {
            WriterSession current = sessions.current().orElse(null);
            if (current == null || current.lastUncommitted() >= 0 || !current.writer.hasUncommittedChanges()) {
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
        return sessions.current()
                .filter(current -> current.writer.hasPendingMerges()
                        || !current.writer.getMergingSegments().isEmpty())
                .isPresent();
    }

    /** Commits what is not committed, and does this while nobody writes or commits. */
    <T> T whileQuiet(Collection.QuietWork<T> work) throws IOException {
        operations.writeLock().lock();
        commits.lock();
        try {
            sessions.current().ifPresent(this::commitAll);
            return work.run();
        } finally {
            commits.unlock();
            operations.writeLock().unlock();
        }
    }

    /**
     * Leaves a quiet collection in few segments, in the background, and reclaims the parts of documents that were given
     * up. Does nothing while someone writes, or where there is nothing to do.
     */
    void tidy() {
        if (lastWrite.plus(QUIET).isAfter(clock.instant())
                || !operations.writeLock().tryLock()) {
            return;
        }
        try (Snapshot snapshot = Snapshot.acquire(searchers)) {
            boolean isTidy = sessions.current().isEmpty() && snapshot.isFewSegments() && !parts.areGivenUp(snapshot);
            if (!isTidy) {
                WriterSession current = sessions.get();
                parts.reclaim(current);
                current.writer.forceMerge(1, false);
            }
        } catch (IOException | IllegalStateException failure) {
            sessions.lose(failure);
        } finally {
            operations.writeLock().unlock();
        }
        publishMerges();
    }

    /** Commits what is not committed and closes. */
    void close() {
        operations.writeLock().lock();
        try {
            sessions.current().ifPresent(this::commitAll);
        } finally {
            discard();
            operations.writeLock().unlock();
        }
    }

    /** Closes without a commit: another index has taken the place of this one. */
    void retire() {
        sessions.close(new RetrievalException(
                RetrievalException.Kind.UNAVAILABLE, "the collection's index was replaced meanwhile; send this again"));
    }

    /** Closes without a commit: the collection is about to be deleted. */
    void discard() {
        sessions.close(
                new RetrievalException(RetrievalException.Kind.NOT_FOUND, "the collection is closed or deleted"));
    }

    private void commitAll(WriterSession current) {
        commit(current, current.lastUncommitted());
    }

    private void commitNext(WriterSession current) {
        try {
            long generation = committedGeneration() + 1;
            // Lucene reads this when the commit's documents are chosen: no type of theirs can be missing then.
            current.writer.setLiveCommitData(() -> new CommitRecord(generation, current.metadataTypes.all())
                    .userData()
                    .entrySet()
                    .iterator());
            long last = current.writer.commit();
            current.committedSequence = last;
            lastWrite = clock.instant();
            searchers.maybeRefreshBlocking();
            current.committed(last);
            committed.accept(generation);
        } catch (IOException | IllegalStateException failure) {
            current.lose(failure);
            throw WriterSessions.failed(failure);
        }
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

    /** Makes several operations of which a commit holds all or none. */
    private <T> T together(IOCallable<T> operations) throws IOException {
        commits.lock();
        try {
            return operations.call();
        } finally {
            commits.unlock();
        }
    }

    @FunctionalInterface
    private interface IOCallable<T> {
        T call() throws IOException;
    }

    private <T> T operate(WriterSession current, String id, Operation<T> operation) {
        operations.readLock().lock();
        try {
            synchronized (stripes[Math.floorMod(id.hashCode(), STRIPES)]) {
                current.loss().ifPresent(loss -> {
                    throw WriterSessions.failed(loss);
                });
                return operation.apply(lookUp(current, id));
            }
        } catch (IOException | IllegalStateException failure) {
            current.lose(failure);
            throw WriterSessions.failed(current.loss().orElse(failure));
        } finally {
            operations.readLock().unlock();
        }
    }

    static boolean isSame(WriterSession.Pending stored, @Nullable String contentHash) {
        return contentHash != null && stored.contentHash().equals(Optional.of(contentHash));
    }
}
