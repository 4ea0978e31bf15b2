package dev.siskin.retrieval.collection;

import dev.siskin.retrieval.codec.CollectionCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lucene's tiered merging with the heap that a merge takes as the size of a segment, see {@link WriteHeap}. Asked to
 * merge by force, as {@link CollectionWriter#tidy} does, it makes few segments, none heavier than allowed.
 *
 * <p>A merge that would fill the disk is left for later: it would fail at its end, after having had others fail.
 */
final class HeapBoundMerges extends TieredMergePolicy {
    private static final Logger LOG = LoggerFactory.getLogger(HeapBoundMerges.class);

    /** Segments below this many vectors are merged together first. */
    static final int FLOOR_VECTORS = 10_000;

    /** Largest segment in one file: fewer files to sync for a small commit, against copying a large one once more. */
    static final int COMPOUND_VECTORS = 20_000;

    /** A quiet collection keeps so many small segments beside a large one, if they are light. */
    static final int FEW = 3;

    /** What is merged into a segment while it is quiet must be at least this share of it. */
    static final double WORTH_IT = 0.1;

    private static final double MIB = 1024.0 * 1024;

    /** Free bytes that a merge leaves. */
    static final long RESERVE_BYTES = 16L << 20;

    private final int dimensions;
    private final long largest;
    private volatile boolean toldOfNoRoom;

    /** @param largest weight of a segment that a merge may make, in bytes of heap */
    HeapBoundMerges(int dimensions, long largest) {
        this.dimensions = dimensions;
        this.largest = largest;
        double vector = WriteHeap.nodeBytes(CollectionCodec.MAX_CONNECTIONS) / MIB;
        setMaxMergedSegmentMB(largest / MIB);
        setFloorSegmentMB(Math.min(FLOOR_VECTORS * vector, largest / MIB / 4));
        setMaxCFSSegmentSizeMB(COMPOUND_VECTORS * vector);
        setNoCFSRatio(1);
    }

    @Override
    protected long size(SegmentCommitInfo segment, MergeContext context) throws IOException {
        long weight = WriteHeap.weight(segment, dimensions);
        int documents = segment.info.maxDoc();
        int live = documents - context.numDeletesToMerge(segment);
        return documents == 0 ? 0 : Math.ceilDiv(weight * live, documents);
    }

    private record Weighed(SegmentCommitInfo segment, long weight, boolean isWornOut) {}

    @Override
    public @Nullable MergeSpecification findForcedMerges(
            SegmentInfos segments, int maxSegments, Map<SegmentCommitInfo, Boolean> toMerge, MergeContext context)
            throws IOException {
        var candidates = new ArrayList<Weighed>();
        for (SegmentCommitInfo segment : segments) {
            if (toMerge.containsKey(segment) && !context.getMergingSegments().contains(segment)) {
                candidates.add(weighed(segment, context));
            }
        }
        candidates.sort(Comparator.comparingLong(Weighed::weight).reversed());
        // One at a time: Lucene asks again after each, and who asks for more than may wait is held up.
        for (List<Weighed> bin : packed(candidates).reversed()) {
            if (isWorthIt(bin)) {
                var merges = new MergeSpecification();
                merges.add(new OneMerge(bin.stream().map(Weighed::segment).toList()));
                MergeSpecification fitting = withRoom(merges, context);
                if (fitting != null) {
                    return fitting;
                }
            }
        }
        return null;
    }

    @Override
    public @Nullable MergeSpecification findMerges(MergeTrigger trigger, SegmentInfos segments, MergeContext context)
            throws IOException {
        return withRoom(super.findMerges(trigger, segments, context), context);
    }

    /** Those that the disk has room for beside the merges under way; null where that is none. */
    private @Nullable MergeSpecification withRoom(@Nullable MergeSpecification found, MergeContext context)
            throws IOException {
        if (found == null) {
            return null;
        }
        long free = freeBytes(found.merges.getFirst().segments.getFirst().info.dir) - RESERVE_BYTES;
        for (SegmentCommitInfo merging : context.getMergingSegments()) {
            free -= bytesAfter(merging, context);
        }
        var fitting = new MergeSpecification();
        for (OneMerge merge : found.merges) {
            long bytes = 0;
            for (SegmentCommitInfo segment : merge.segments) {
                bytes += bytesAfter(segment, context);
            }
            if (bytes <= free) {
                fitting.add(merge);
                free -= bytes;
            } else {
                tellOnce(bytes, free);
            }
        }
        return fitting.merges.isEmpty() ? null : fitting;
    }

    /** What the live part of a segment takes on the disk once it is merged. */
    private static long bytesAfter(SegmentCommitInfo segment, MergeContext context) throws IOException {
        int documents = segment.info.maxDoc();
        int live = documents - context.numDeletesToMerge(segment);
        return documents == 0 ? 0 : (long) ((double) segment.sizeInBytes() * live / documents);
    }

    private void tellOnce(long bytes, long free) {
        if (!toldOfNoRoom) {
            toldOfNoRoom = true;
            LOG.warn("merges wait for room on the disk: one takes {} bytes, {} are left", bytes, Math.max(0, free));
        }
    }

    /** Without a bound where the disk does not say. */
    private static long freeBytes(Directory directory) {
        try {
            return FilterDirectory.unwrap(directory) instanceof FSDirectory onDisk
                    ? Files.getFileStore(onDisk.getDirectory()).getUsableSpace()
                    : Long.MAX_VALUE;
        } catch (IOException notKnown) {
            LOG.debug("free bytes are not known", notKnown);
            return Long.MAX_VALUE;
        }
    }

    private Weighed weighed(SegmentCommitInfo segment, MergeContext context) throws IOException {
        double deletedPercent = 100.0 * context.numDeletesToMerge(segment) / segment.info.maxDoc();
        return new Weighed(segment, size(segment, context), deletedPercent > getForceMergeDeletesPctAllowed());
    }

    /** First fit of the heaviest first: each bin becomes a segment. */
    private List<List<Weighed>> packed(List<Weighed> heaviestFirst) {
        var bins = new ArrayList<List<Weighed>>();
        for (Weighed one : heaviestFirst) {
            bins.stream()
                    .filter(bin -> weight(bin) + one.weight() <= largest)
                    .findFirst()
                    .ifPresentOrElse(bin -> bin.add(one), () -> bins.add(new ArrayList<>(List.of(one))));
        }
        return bins;
    }

    private static boolean isWorthIt(List<Weighed> bin) {
        Weighed heaviest = bin.getFirst();
        long others = weight(bin) - heaviest.weight();
        return heaviest.isWornOut()
                || bin.size() > 1 + FEW
                || (bin.size() > 1 && others >= heaviest.weight() * WORTH_IT);
    }

    private static long weight(List<Weighed> bin) {
        return bin.stream().mapToLong(Weighed::weight).sum();
    }

    /** Commits wait for no merge: one that is under way may take minutes of graph building. */
    @Override
    public @Nullable MergeSpecification findFullFlushMerges(
            MergeTrigger trigger, SegmentInfos segments, MergeContext context) {
        return null;
    }
}
