package dev.siskin.retrieval.collection;

import java.time.Duration;

/**
 * What collections may take. Each that is open costs some tens of kilobytes of heap, a mapping a file, and a file
 * descriptor where it has been written to.
 *
 * @param mostOpen open at once; those that requests use stay open beyond
 * @param idle after which one that nobody uses is closed
 * @param merges whether segments are merged in the background, which takes heap for the graph of the merged one
 */
public record CollectionLimits(int mostOpen, Duration idle, boolean merges) {
    /** Far below the 65,530 mappings that Linux allows a process: a collection has up to some 300. */
    public static final int DEFAULT_MOST_OPEN = 64;

    /** Opening a small collection again takes milliseconds, and its pages stay in the page cache meanwhile. */
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

    /** What holds where nothing is set. */
    public static CollectionLimits defaults() {
        return new CollectionLimits(DEFAULT_MOST_OPEN, DEFAULT_IDLE, true);
    }
}
