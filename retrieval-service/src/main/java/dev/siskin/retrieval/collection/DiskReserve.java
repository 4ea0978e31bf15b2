package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Bytes of a disk that no large piece of work takes, so that commits and merges under way can end.
 *
 * @param folder on the disk
 */
public record DiskReserve(Path folder, long reserveBytes) {
    /**
     * Throws {@link RetrievalException} {@code DISK_FULL} where less than the reserve would be left.
     *
     * @param bytes about to be written
     */
    public void require(String what, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free - bytes < reserveBytes) {
            throw new RetrievalException(
                    RetrievalException.Kind.DISK_FULL,
                    "%s takes %,d bytes, the disk has %,d left and %,d are kept in reserve; free some space"
                            .formatted(what, bytes, free, reserveBytes));
        }
    }
}
