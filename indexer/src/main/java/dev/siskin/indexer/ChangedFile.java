package dev.siskin.indexer;

import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.source.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;

/**
 * A file whose document is not stored as it is now.
 *
 * @param stored whether the collection holds an older version
 * @param modified when the file had last been written as its hash was taken
 * @param size in bytes at that time
 */
record ChangedFile(SourceFile file, String contentHash, boolean stored, FileTime modified, long size) {
    /** How much there is to read. */
    long bytes() {
        return file.record().isPresent() ? file.record().get().length() : size;
    }

    /**
     * Whether the file is still what its hash was taken of, as far as time and size tell; a record's bytes, since its file
     * may only have grown.
     */
    boolean isAsHashed(ContentHash hash) throws IOException {
        if (file.record().isPresent()) {
            return hash.of(file).equals(contentHash);
        }
        return !hasOtherTimeOrSize();
    }

    /** Whether it is no more what its hash was taken of, as far as that can be told without reading it. */
    boolean isSeenToHaveChanged() throws IOException {
        return file.record().isEmpty() && hasOtherTimeOrSize();
    }

    private boolean hasOtherTimeOrSize() throws IOException {
        return !Files.getLastModifiedTime(file.path()).equals(modified) || Files.size(file.path()) != size;
    }
}
