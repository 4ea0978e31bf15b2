package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a Lucene writer, from its opening to its closing or its first failure. After a failure everything since
 * the last commit is rolled back and the session is lost: whoever wrote in it must not acknowledge anything.
 */
final class WriterSession {
    private static final Logger LOG = LoggerFactory.getLogger(WriterSession.class);

    /** Merges of a collection that are under way or wait; beyond, its writers wait too. */
    private static final int MERGES = 4;

    /**
     * What is stored of a document, counting what is not committed yet.
     *
     * @param parts token of a document that came in parts
     * @param sequence of the operation that wrote it; -1 where it is committed
     */
    record Pending(boolean present, Optional<String> contentHash, Optional<String> parts, long sequence) {}

    /** The parts that are here of a document that is still coming, and the operation that wrote the last one. */
    record Coming(Optional<PartialDocument> partial, long sequence) {}

    final IndexWriter writer;
    final MetadataTypes metadataTypes;
    /** By id, what has been written since the last commit. */
    final ConcurrentHashMap<String, Pending> pending = new ConcurrentHashMap<>();

    /** By token, documents of which a part has been written since the last commit. */
    final ConcurrentHashMap<String, Coming> coming = new ConcurrentHashMap<>();

    /** Last operation that is durable; guarded by the commit lock. */
    long committedSequence = -1;

    private volatile @Nullable Throwable loss;

    private final WriteHeap heap;

    private WriterSession(IndexWriter writer, MetadataTypes metadataTypes, WriteHeap heap) {
        this.writer = writer;
        this.metadataTypes = metadataTypes;
        this.heap = heap;
        heap.count(writer);
    }

    /**
     * @param dimensions of the collection's vectors
     * @param merged called on a merge thread after each merge
     */
    static WriterSession open(
            Directory directory,
            Analyzer analyzer,
            CollectionCodec codec,
            int dimensions,
            CommitRecord commit,
            WriteHeap heap,
            Runnable merged)
            throws IOException {
        IndexWriterConfig config = config(analyzer, codec, dimensions, heap, merged);
        return new WriterSession(
                new IndexWriter(new SyncOnceDirectory(directory), config),
                new MetadataTypes(commit.metadataTypes()),
                heap);
    }

    /** How an index is written that may grow large: within the heap of all writers. */
    static IndexWriterConfig config(
            Analyzer analyzer, CollectionCodec codec, int dimensions, WriteHeap heap, Runnable merged) {
        return config(analyzer, codec)
                .setRAMBufferSizeMB(heap.bufferMib())
                .setMergePolicy(
                        heap.merges() ? new HeapBoundMerges(dimensions, heap.largestMerge()) : NoMergePolicy.INSTANCE)
                .setMergeScheduler(new QuietMerges(heap, dimensions, merged));
    }

    /** How every index of ours is written. */
    static IndexWriterConfig config(Analyzer analyzer, CollectionCodec codec) {
        return new IndexWriterConfig(analyzer)
                .setCodec(codec)
                .setSimilarity(ChunkSchema.similarity())
                .setCommitOnClose(false);
    }

    /** Why this session cannot be used any more; empty while it can. */
    Optional<Throwable> loss() {
        return Optional.ofNullable(loss);
    }

    /** The last operation that is not committed; -1 where there is none. */
    long lastUncommitted() {
        return LongStream.concat(
                        pending.values().stream().mapToLong(Pending::sequence),
                        coming.values().stream().mapToLong(Coming::sequence))
                .max()
                .orElse(-1);
    }

    /** Forgets the operations up to this one, which a snapshot shows now. */
    void committed(long last) {
        pending.values().removeIf(operation -> operation.sequence() <= last);
        coming.values().removeIf(operation -> operation.sequence() <= last);
    }

    /** Gives up everything since the last commit; a second call does nothing. */
    synchronized void lose(Throwable cause) {
        if (loss != null) {
            return;
        }
        Throwable tragedy = writer.getTragicException();
        loss = tragedy == null ? cause : tragedy;
        close();
    }

    /** Closes without a commit. */
    synchronized void close() {
        if (loss == null) {
            loss = new IOException("the writer is closed");
        }
        heap.forget(writer);
        try {
            writer.rollback();
        } catch (IOException | RuntimeException alsoFailed) {
            LOG.warn("the writer did not close cleanly: {}", alsoFailed.toString());
        }
        pending.clear();
        coming.clear();
    }

    /**
     * Merges that wait for their share of the heap and run in the background; a failed one is logged, and the next write
     * finds the writer closed and opens another. Lucene would pause the larger of two merges, which could wait for each
     * other then, so that it is allowed as many threads as merges: the heap bounds them.
     */
    private static final class QuietMerges extends ConcurrentMergeScheduler {
        private final WriteHeap heap;
        private final int dimensions;
        private final Runnable merged;

        QuietMerges(WriteHeap heap, int dimensions, Runnable merged) {
            this.heap = heap;
            this.dimensions = dimensions;
            this.merged = merged;
            setMaxMergesAndThreads(MERGES, MERGES);
            disableAutoIOThrottle();
        }

        @Override
        protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
            BackgroundPriority.takeHere();
            long weight = 0;
            for (SegmentCommitInfo segment : merge.segments) {
                weight += WriteHeap.weight(segment, dimensions);
            }
            heap.merge(weight, merge::isAborted, () -> super.doMerge(source, merge));
            merged.run();
        }

        @Override
        protected void handleMergeException(Throwable failure) {
            LOG.warn("a merge failed: {}", failure.toString());
        }
    }
}
