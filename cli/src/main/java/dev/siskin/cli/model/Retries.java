package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.time.Duration;

/** The attempts at one thing that a hub is asked for. */
final class Retries {
    private final Patience patience;
    private final String what;
    private int failures;

    /** @param what is asked for, as an error names it */
    Retries(Patience patience, String what) {
        this.patience = patience;
        this.what = what;
    }

    /** Reads an answer, which may break off. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException;
    }

    /** Repeats an attempt that brings all or nothing. */
    <T> T until(Attempt<T> attempt) {
        while (true) {
            try {
                return attempt.run();
            } catch (IOException broken) {
                pauseAfter(broken);
            }
        }
    }

    /** The last attempt brought something. */
    void progressed() {
        failures = 0;
    }

    /**
     * Waits before the next attempt.
     *
     * @throws CommandFailure where there have been enough of them
     */
    void pauseAfter(IOException broken) {
        failures++;
        if (failures >= patience.attempts()) {
            throw new CommandFailure(
                    "%s cannot be pulled (%s, after %d attempts); what has come is kept, pull again later"
                            .formatted(what, reason(broken), failures));
        }
        Duration asked = broken instanceof HubBusyException busy ? busy.retryAfter() : Duration.ZERO;
        try {
            patience.pause().sleep(patience.pauseAfter(failures, asked));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    private static String reason(IOException broken) {
        String message = broken.getMessage();
        return message == null ? broken.getClass().getSimpleName() : message;
    }
}
