package dev.siskin.indexer;

import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.source.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

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
     * The file as it is now, where no more than its time differs from when its hash was taken; empty where it is another
     * one. Its bytes tell, as with a record, whose file may only have grown.
     */
    Optional<ChangedFile> asItIs(ContentHash hash) throws IOException {
        FileTime now = Files.getLastModifiedTime(file.path());
        boolean mayBeSame = file.record().isPresent() || Files.size(file.path()) == size;
        return mayBeSame && hash.of(file).equals(contentHash)
                ? Optional.of(new ChangedFile(file, contentHash, stored, now, size))
                : Optional.empty();
    }

    /** Whether its time or size is no more what it was when its hash was taken; a record's file may have grown. */
    boolean hasOtherTimeOrSize() throws IOException {
        return file.record().isEmpty()
                && (!Files.getLastModifiedTime(file.path()).equals(modified) || Files.size(file.path()) != size);
    }
}
