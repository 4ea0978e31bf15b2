package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.store.AlreadyClosedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The heap that all writers of the process may have together: shares of {@code -Xmx} for the graphs that merges build and
 * for documents that are not written yet. One for the process; thread-safe.
 *
 * <h2>Merges</h2>
 *
 * A merge builds the graph of its segment on the heap, {@link #nodeBytes} a vector, and reads everything else from the
 * mapped files. So a segment's weight is its vectors' nodes, no merge may make one heavier than {@link #largestMerge},
 * and merges of all collections run side by side only as far as their weights fit. A quarter is kept for small merges,
 * which would pile up behind a large one.
 *
 * <h2>Buffers</h2>
 *
 * Each writer may buffer up to the whole share, and {@link #settle} has the fullest written to disk while all of them
 * together hold more.
 */
final class WriteHeap {
    private static final Logger LOG = LoggerFactory.getLogger(WriteHeap.class);

    /**
     * Of the heap, for merges. The weights are upper bounds, with all links of every node taken: a graph of real
     * embeddings has about half of them.
     */
    static final double MERGE_SHARE = 0.6;

    /** Of the heap, for documents that are not written yet: more of it makes fewer segments to merge. */
    static final double BUFFER_SHARE = 0.1;

    /** Bytes a merge takes for a document without a vector: its number in the old and the new segment. */
    private static final long DOCUMENT_BYTES = 16;

    /** Merges at once at most. */
    private static final int QUARTERS = 4;

    private static final long RECHECK_MILLIS = 100;
    private static final double MIB = 1024.0 * 1024;

    private final long mergeBytes;
    private final long bufferBytes;
    private final Semaphore mergeUnits;
    private final boolean merges;
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean hasMerged;
    private final Set<IndexWriter> writers = ConcurrentHashMap.newKeySet();

    /**
     * @param heapBytes the most the heap may grow to
     * @param merges whether segments are merged at all
     */
    WriteHeap(long heapBytes, boolean merges) {
        this.merges = merges;
        this.mergeBytes = (long) (heapBytes * MERGE_SHARE);
        this.bufferBytes = (long) (heapBytes * BUFFER_SHARE);
        this.mergeUnits = new Semaphore(units(mergeBytes));
    }

    /** Of this process. */
    static WriteHeap ofThisProcess(boolean merges) {
        return new WriteHeap(Runtime.getRuntime().maxMemory(), merges);
    }

    /** Whether segments are merged at all. */
    boolean merges() {
        return merges;
    }

    /**
     * Most heap of a node while its graph is built, in bytes: in the lowest layer {@code 2M + 1} links, each a number and
     * a score, which lie in two growing arrays (Lucene's {@code NeighborArray}); one node in M has {@code M + 1} more
     * above; 224 for the headers of these objects and the node's place in the maps of the merge.
     */
    static long nodeBytes(int maxConnections) {
        long lowest = 8L * (2L * maxConnections + 1);
        long above = 8L * (maxConnections + 1) / maxConnections;
        return lowest + above + 224;
    }

    /** The heaviest segment a merge may make, in bytes of heap. */
    long largestMerge() {
        return mergeBytes / QUARTERS * (QUARTERS - 1);
    }

    /** What a writer may buffer at most. */
    double bufferMib() {
        return bufferBytes / MIB;
    }

    /** Bytes of heap to merge a segment of which nothing is deleted. */
    static long weight(SegmentCommitInfo segment, int dimensions) throws IOException {
        long vectorBytes = 0;
        for (String file : segment.info.files()) {
            boolean mayHoldVectors = file.endsWith(".cfs") || "vec".equals(IndexFileNames.getExtension(file));
            vectorBytes += mayHoldVectors ? segment.info.dir.fileLength(file) : 0;
        }
        long documents = segment.info.maxDoc();
        long vectors = Math.min(documents, vectorBytes / (Float.BYTES * (long) dimensions));
        return vectors * nodeBytes(CollectionCodec.MAX_CONNECTIONS) + documents * DOCUMENT_BYTES;
    }

    @FunctionalInterface
    interface Merge {
        void run() throws IOException;
    }

    /**
     * Runs a merge when its weight fits.
     *
     * @param weight bytes of heap
     * @param isAborted where it turns true the merge is run at once: it ends by itself then
     */
    void merge(long weight, BooleanSupplier isAborted, Merge merge) throws IOException {
        int units = units(Math.clamp(weight, mergeBytes / QUARTERS, largestMerge()));
        boolean hasUnits = acquire(units, isAborted);
        running.incrementAndGet();
        try {
            merge.run();
        } finally {
            running.decrementAndGet();
            hasMerged = true;
            if (hasUnits) {
                mergeUnits.release(units);
            }
        }
    }

    /** Whether merges have ended since this was asked last, and none is under way. */
    boolean haveMergesEnded() {
        if (!hasMerged || running.get() > 0) {
            return false;
        }
        hasMerged = false;
        return true;
    }

    private boolean acquire(int units, BooleanSupplier isAborted) {
        try {
            while (!isAborted.getAsBoolean()) {
                if (mergeUnits.tryAcquire(units, RECHECK_MILLIS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static int units(long bytes) {
        return Math.toIntExact(Math.max(1, bytes >> 10));
    }

    /** Counts the writer's buffer until {@link #forget}. */
    void count(IndexWriter writer) {
        writers.add(writer);
    }

    void forget(IndexWriter writer) {
        writers.remove(writer);
    }

    /** Has the fullest buffers written to disk, on the calling thread, while all together are above the share. */
    void settle() {
        while (true) {
            long total = 0;
            long most = 0;
            IndexWriter fullest = null;
            for (IndexWriter writer : writers) {
                long bytes = buffered(writer);
                total += bytes;
                if (bytes > most) {
                    most = bytes;
                    fullest = writer;
                }
            }
            if (total <= bufferBytes || fullest == null || !flush(fullest)) {
                return;
            }
        }
    }

    private static long buffered(IndexWriter writer) {
        try {
            return writer.ramBytesUsed();
        } catch (AlreadyClosedException closed) {
            return 0;
        }
    }

    /** A failure closes that writer, and whoever writes with it next is told. */
    private static boolean flush(IndexWriter writer) {
        try {
            return writer.flushNextBuffer();
        } catch (IOException | IllegalStateException failure) {
            LOG.warn("a full write buffer could not be written: {}", failure.toString());
            return false;
        }
    }
}
