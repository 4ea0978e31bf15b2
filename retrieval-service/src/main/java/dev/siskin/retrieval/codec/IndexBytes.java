package dev.siskin.retrieval.codec;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes of an index by what they hold, told from the extensions of its files: {@code vec} raw vectors, {@code veq}
 * quantized, {@code vex} graph, {@code doc pos pay tim tip tmd psm nvd} postings and norms, {@code fdt fdx fdm} stored
 * text. Small segments are one compound file, which is looked into.
 */
public record IndexBytes(long rawVectors, long quantized, long graph, long postings, long storedText, long other) {
    private static final Logger LOG = LoggerFactory.getLogger(IndexBytes.class);
    private static final IndexBytes NONE = new IndexBytes(0, 0, 0, 0, 0, 0);

    /** How many bytes of a file count. */
    @FunctionalInterface
    public interface Measure {
        long bytes(Directory directory, String file) throws IOException;
    }

    /** Counts the files of the last commit; a segment merged away meanwhile counts nothing. */
    public static IndexBytes of(Directory directory, Measure measure) throws IOException {
        SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
        IndexBytes bytes = NONE.plus(directory, String.valueOf(commit.getSegmentsFileName()), measure);
        for (SegmentCommitInfo segment : commit) {
            try {
                bytes = bytes.plus(directory, segment, measure);
            } catch (NoSuchFileException | FileNotFoundException mergedAway) {
                LOG.debug("not counted, merged away meanwhile: {}", segment, mergedAway);
            }
        }
        return bytes;
    }

    private IndexBytes plus(Directory directory, SegmentCommitInfo segment, Measure measure) throws IOException {
        IndexBytes sum = this;
        for (String file : segment.files()) {
            if (!file.endsWith(".cfs")) {
                sum = sum.plus(directory, file, measure);
            }
        }
        if (segment.info.getUseCompoundFile()) {
            try (Directory inside =
                    segment.info.getCodec().compoundFormat().getCompoundReader(directory, segment.info)) {
                for (String file : inside.listAll()) {
                    sum = sum.plus(inside, file, measure);
                }
            }
        }
        return sum;
    }

    private IndexBytes plus(Directory directory, String file, Measure measure) throws IOException {
        long bytes = measure.bytes(directory, file);
        @Nullable String extension = IndexFileNames.getExtension(file);
        return switch (extension == null ? "" : extension) {
            case "vec", "vemf" -> plus(new IndexBytes(bytes, 0, 0, 0, 0, 0));
            case "veq", "vemq" -> plus(new IndexBytes(0, bytes, 0, 0, 0, 0));
            case "vex", "vem" -> plus(new IndexBytes(0, 0, bytes, 0, 0, 0));
            case "doc", "pos", "pay", "tim", "tip", "tmd", "psm", "nvd", "nvm" ->
                plus(new IndexBytes(0, 0, 0, bytes, 0, 0));
            case "fdt", "fdx", "fdm" -> plus(new IndexBytes(0, 0, 0, 0, bytes, 0));
            default -> plus(new IndexBytes(0, 0, 0, 0, 0, bytes));
        };
    }

    private IndexBytes plus(IndexBytes more) {
        return new IndexBytes(
                rawVectors + more.rawVectors,
                quantized + more.quantized,
                graph + more.graph,
                postings + more.postings,
                storedText + more.storedText,
                other + more.other);
    }

    /** Of all kinds together. */
    public long total() {
        return rawVectors + quantized + graph + postings + storedText + other;
    }
}
