package dev.siskin.retrieval.codec;

import dev.siskin.api.CollectionInfo.BytesOnDisk;
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
 * text. Small segments are one compound file, which is looked into. For one count.
 */
public final class IndexBytes {
    private static final Logger LOG = LoggerFactory.getLogger(IndexBytes.class);

    private long raw;
    private long quantized;
    private long graph;
    private long postings;
    private long stored;
    private long other;

    private IndexBytes() {}

    /** Counts the files of the last commit; a segment merged away meanwhile counts nothing. */
    public static BytesOnDisk of(Directory directory) throws IOException {
        var bytes = new IndexBytes();
        SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
        bytes.add(directory, String.valueOf(commit.getSegmentsFileName()));
        for (SegmentCommitInfo segment : commit) {
            try {
                bytes.add(directory, segment);
            } catch (NoSuchFileException | FileNotFoundException mergedAway) {
                LOG.debug("not counted, merged away meanwhile: {}", segment, mergedAway);
            }
        }
        return bytes.sum();
    }

    private void add(Directory directory, SegmentCommitInfo segment) throws IOException {
        for (String file : segment.files()) {
            if (!file.endsWith(".cfs")) {
                add(directory, file);
            }
        }
        if (segment.info.getUseCompoundFile()) {
            try (Directory inside =
                    segment.info.getCodec().compoundFormat().getCompoundReader(directory, segment.info)) {
                for (String file : inside.listAll()) {
                    add(inside, file);
                }
            }
        }
    }

    private void add(Directory directory, String file) throws IOException {
        long bytes = directory.fileLength(file);
        @Nullable String extension = IndexFileNames.getExtension(file);
        switch (extension == null ? "" : extension) {
            case "vec", "vemf" -> raw += bytes;
            case "veq", "vemq" -> quantized += bytes;
            case "vex", "vem" -> graph += bytes;
            case "doc", "pos", "pay", "tim", "tip", "tmd", "psm", "nvd", "nvm" -> postings += bytes;
            case "fdt", "fdx", "fdm" -> stored += bytes;
            default -> other += bytes;
        }
    }

    private BytesOnDisk sum() {
        return new BytesOnDisk(
                raw, quantized, graph, postings, stored, other, raw + quantized + graph + postings + stored + other);
    }
}
