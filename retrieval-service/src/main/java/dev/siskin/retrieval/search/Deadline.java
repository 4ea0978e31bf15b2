package dev.siskin.retrieval.search;

import java.time.Duration;
import org.apache.lucene.index.QueryTimeout;

/**
 * The moment after which a search returns what it has.
 *
 * @param atNanos on the clock of {@link System#nanoTime}
 */
public record Deadline(long atNanos) implements QueryTimeout {
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** Not negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
    }

    @Override
    public boolean shouldExit() {
        return System.nanoTime() - atNanos >= 0;
    }
}
