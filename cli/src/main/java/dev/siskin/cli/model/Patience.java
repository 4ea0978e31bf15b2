package dev.siskin.cli.model;

import java.time.Duration;

/**
 * How long a hub is waited for, and how often it is asked.
 *
 * @param connect for a connection
 * @param answer for the beginning of an answer
 * @param silence for the next bytes of one
 * @param attempts in a row that may bring nothing; one that brings bytes begins the count anew
 * @param pause waits between two attempts
 */
public record Patience(Duration connect, Duration answer, Duration silence, int attempts, Pause pause) {
    public static final Patience USUAL =
            new Patience(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30), 6, Thread::sleep);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Waits. */
    @FunctionalInterface
    public interface Pause {
        void sleep(Duration time) throws InterruptedException;
    }

    /** The pause after so many attempts in a row that failed: doubled each time, or as the hub asked. */
    Duration pauseAfter(int failures, Duration asked) {
        Duration own = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 6));
        Duration longer = asked.compareTo(own) > 0 ? asked : own;
        return longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
    }
}
