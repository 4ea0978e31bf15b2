package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.TieredMergePolicy;
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

    /** Documents held in memory before a segment is written: heap against segments to merge. */
    static final double RAM_BUFFER_MB = 16;

    /** Merging a vector index rebuilds its graph on the heap: larger segments than this are left alone. */
    static final double MAX_MERGED_SEGMENT_MB = 1024;

    private static final int MERGE_THREADS = 1;
    private static final int WAITING_MERGES = 4;

    /** What has been written of a document since the last commit. */
    record Pending(boolean present, Optional<String> contentHash, long sequence) {}

    final IndexWriter writer;
    final MetadataTypes metadataTypes;
    final ConcurrentHashMap<String, Pending> pending = new ConcurrentHashMap<>();

    /** Last operation that is durable; guarded by the commit lock. */
    long committedSequence = -1;

    private volatile @Nullable Throwable loss;

    private WriterSession(IndexWriter writer, MetadataTypes metadataTypes) {
        this.writer = writer;
        this.metadataTypes = metadataTypes;
    }

    /**
     * @param merges whether segments are merged
     * @param merged called on a merge thread after each merge
     */
    static WriterSession open(
            Directory directory,
            Analyzer analyzer,
            CollectionCodec codec,
            boolean merges,
            CommitRecord commit,
            Runnable merged)
            throws IOException {
        var writer = new IndexWriter(directory, config(analyzer, codec, merges, merged));
        return new WriterSession(writer, new MetadataTypes(commit.metadataTypes()));
    }

    /** How every index of ours is written. */
    static IndexWriterConfig config(Analyzer analyzer, CollectionCodec codec, boolean merges, Runnable merged) {
        var tiers = new TieredMergePolicy();
        tiers.setMaxMergedSegmentMB(MAX_MERGED_SEGMENT_MB);
        return new IndexWriterConfig(analyzer)
                .setCodec(codec)
                .setSimilarity(ChunkSchema.similarity())
                .setRAMBufferSizeMB(RAM_BUFFER_MB)
                .setMergePolicy(merges ? tiers : NoMergePolicy.INSTANCE)
                .setMergeScheduler(new QuietMerges(merged))
                .setCommitOnClose(false);
    }

    /** Why this session cannot be used any more; empty while it can. */
    Optional<Throwable> loss() {
        return Optional.ofNullable(loss);
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
        try {
            writer.rollback();
        } catch (IOException | RuntimeException alsoFailed) {
            LOG.warn("the writer did not close cleanly: {}", alsoFailed.toString());
        }
        pending.clear();
    }

    /** One merge at a time; a failed one is logged, and the next write finds the writer closed and opens another. */
    private static final class QuietMerges extends ConcurrentMergeScheduler {
        private final Runnable merged;

        QuietMerges(Runnable merged) {
            this.merged = merged;
            setMaxMergesAndThreads(WAITING_MERGES, MERGE_THREADS);
            disableAutoIOThrottle();
        }

        @Override
        protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
            super.doMerge(source, merge);
            merged.run();
        }

        @Override
        protected void handleMergeException(Throwable failure) {
            LOG.warn("a merge failed: {}", failure.toString());
        }
    }
}
