package dev.siskin.retrieval.collection;

import java.time.Duration;

/**
 * How many collections are kept open and for how long. Each costs some hundred kilobytes of heap, a mapping a file, and
 * a file descriptor where it has been written to.
 *
 * @param most open at once; those that requests use stay open beyond
 * @param idle after which one that nobody uses is closed
 */
public record OpenLimits(int most, Duration idle) {
    /** Far below the 65,530 mappings that Linux allows a process: a collection has up to some 300. */
    public static final int DEFAULT_MOST = 64;

    /** Opening a small collection again takes milliseconds, and its pages stay in the page cache meanwhile. */
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

    /** What holds where nothing is set. */
    public static OpenLimits defaults() {
        return new OpenLimits(DEFAULT_MOST, DEFAULT_IDLE);
    }
}
