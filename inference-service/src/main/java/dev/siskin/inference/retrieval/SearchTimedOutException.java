package dev.siskin.inference.retrieval;

import java.time.Duration;

/** The time that was given for a search ran out, less than a search may take: says nothing of the service. */
public final class SearchTimedOutException extends RuntimeException {
    SearchTimedOutException(Duration within) {
        super("a search took longer than " + within.toMillis() + " ms", null, false, false);
    }
}
