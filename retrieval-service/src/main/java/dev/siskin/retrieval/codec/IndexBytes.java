package dev.siskin.retrieval.codec;

import dev.siskin.api.CollectionInfo.BytesOnDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.store.Directory;

/**
 * Bytes of an index by what they hold, told from the extensions of its files: {@code vec} raw vectors, {@code veq}
 * quantized, {@code vex} graph, {@code doc pos pay tim tip tmd psm nvd} postings and norms, {@code fdt fdx fdm} stored
 * text. Segments are written without compound files so that this is possible.
 */
public final class IndexBytes {
    private IndexBytes() {}

    /** Counts the files that are there now; one deleted meanwhile counts nothing. */
    public static BytesOnDisk of(Directory directory) throws IOException {
        long raw = 0;
        long quantized = 0;
        long graph = 0;
        long postings = 0;
        long stored = 0;
        long other = 0;
        for (String file : directory.listAll()) {
            long bytes = length(directory, file);
            String extension = IndexFileNames.getExtension(file);
            switch (extension == null ? "" : extension) {
                case "vec", "vemf" -> raw += bytes;
                case "veq", "vemq" -> quantized += bytes;
                case "vex", "vem" -> graph += bytes;
                case "doc", "pos", "pay", "tim", "tip", "tmd", "psm", "nvd", "nvm" -> postings += bytes;
                case "fdt", "fdx", "fdm" -> stored += bytes;
                default -> other += bytes;
            }
        }
        long total = raw + quantized + graph + postings + stored + other;
        return new BytesOnDisk(raw, quantized, graph, postings, stored, other, total);
    }

    private static long length(Directory directory, String file) throws IOException {
        try {
            return directory.fileLength(file);
        } catch (NoSuchFileException | java.io.FileNotFoundException mergedAway) {
            return 0;
        }
    }
}
