package dev.siskin.inference.retrieval;

/**
 * How many searches may be asked a second time, whether hedged or retried: a share of those asked, saved up to a few.
 * Without a bound, endpoints that are slow for want of room would get twice the searches. Thread-safe.
 */
final class SecondAttempts {
    private static final double SAVED_AT_MOST = 10;

    private final double share;
    private double saved;

    /** @param share of the searches, 0 = none is */
    SecondAttempts(double share) {
        this.share = share;
        this.saved = share > 0 ? SAVED_AT_MOST : 0;
    }

    /** A search begins. */
    synchronized void earn() {
        saved = Math.min(SAVED_AT_MOST, saved + share);
    }

    /** Takes a second attempt, where one is left. */
    synchronized boolean spend() {
        // shares such as 0.1 do not add up to 1 exactly
        if (share <= 0 || saved < 1 - 1e-9) {
            return false;
        }
        saved -= 1;
        return true;
    }
}
