package dev.siskin.indexer.source;

import java.time.Duration;

/**
 * How long the reading of a file, or the unpacking of an archive, may take altogether. Only the time counts for which
 * somebody waits for it, not what is done with its content meanwhile.
 *
 * @param each for each {@value #BYTES} bytes of it begun
 */
public record TimeAllowance(Duration each) {
    private static final long BYTES = 100L * 1024 * 1024;

    /** That of a file of this size; one of a file that cannot be looked at is the smallest. */
    public Duration of(long bytes) {
        return each.multipliedBy(1 + Math.max(0, bytes - 1) / BYTES);
    }
}
