package dev.siskin.retrieval.search;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.lucene.index.QueryTimeout;

/**
 * The moment after which a search returns what it has.
 *
 * @param atNanos on the clock
 * @param clock nanoseconds, of any beginning
 */
public record Deadline(long atNanos, LongSupplier clock) implements QueryTimeout {
    public static Deadline in(Duration time) {
        return after(System.nanoTime(), time);
    }

    /** @param began on {@link System#nanoTime} */
    public static Deadline after(long began, Duration time) {
        return new Deadline(began + time.toNanos(), System::nanoTime);
    }

    /** Not negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - clock.getAsLong()));
    }

    @Override
    public boolean shouldExit() {
        return clock.getAsLong() - atNanos >= 0;
    }
}
