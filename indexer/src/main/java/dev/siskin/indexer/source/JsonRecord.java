package dev.siskin.indexer.source;

import java.io.InputStream;
import java.nio.file.Path;

/**
 * A record's place in its file.
 *
 * @param offset of its line, bytes
 * @param length of the line without its line break
 * @param fields what its fields are called
 */
public record JsonRecord(long offset, int length, RecordFields fields) {
    /**
     * Opens its JSON, to be closed.
     *
     * @param file that holds it
     */
    public InputStream open(Path file, TimedReads reads) {
        return reads.openPart(file, offset, length);
    }
}
