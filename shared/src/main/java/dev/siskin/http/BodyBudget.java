package dev.siskin.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that JSON bodies may have together while their requests are answered. Each is read whole, on a thread of
 * its own, before any queue can refuse it: this is what bounds them. Thread-safe.
 */
final class BodyBudget {
    /** Of a request without a body that is read whole. */
    static final Share NOTHING = () -> {};

    private static final long RETRY_SECONDS = 1;

    private final long totalBytes;
    private final String setting;
    private final AtomicLong freeBytes;

    /**
     * @param totalBytes 0 = no bound
     * @param setting that raises it, for the message of a refusal
     */
    BodyBudget(long totalBytes, String setting) {
        this.totalBytes = totalBytes;
        this.setting = setting;
        this.freeBytes = new AtomicLong(totalBytes);
    }

    /** A part of the budget; given back once, however often that is asked for. */
    interface Share {
        void giveBack();
    }

    /**
     * Takes a share; a body larger than the whole budget takes all of it.
     *
     * @param sentBytes the announced length; negative = not announced, which takes the cap
     * @throws ProblemException 503 where too little is free
     */
    Share take(long sentBytes, long capBytes) {
        long wanted = Math.min(sentBytes < 0 ? capBytes : Math.min(sentBytes, capBytes), totalBytes);
        long before = freeBytes.getAndUpdate(free -> free >= wanted ? free - wanted : free);
        if (before < wanted) {
            throw Problem.unavailable(
                    "request bodies under way fill their " + totalBytes + " bytes, this one needs " + wanted
                            + ": try again, or raise " + setting,
                    RETRY_SECONDS);
        }
        var held = new AtomicLong(wanted);
        return () -> freeBytes.addAndGet(held.getAndSet(0));
    }
}
