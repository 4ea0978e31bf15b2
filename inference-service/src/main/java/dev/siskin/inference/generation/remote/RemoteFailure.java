package dev.siskin.inference.generation.remote;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call of the endpoint that came to nothing. The message is one line of ours, fit for clients, that goes on from the
 * endpoint's name; what the endpoint itself said is kept apart, for the log.
 */
final class RemoteFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final Fault fault;
    private final String words;
    private final @Nullable Duration retryAfter;

    /** Where the fault lies, which decides whether the next request would fail as well. */
    enum Fault {
        /** The endpoint is away or out of order: it is better left alone, and clients should not wait for it. */
        ENDPOINT,
        /**
         * Key, address or model: the endpoint works, and refuses all. It does so at once, so that to leave it alone would
         * spare nobody, but hide the reason and delay the recovery.
         */
        SETTINGS,
        /** This one request cannot be answered, or has no time; others may. */
        REQUEST
    }

    private RemoteFailure(
            String message, String words, Fault fault, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.words = words;
        this.fault = fault;
        this.retryAfter = retryAfter;
    }

    static RemoteFailure ofEndpoint(String message, @Nullable Throwable cause) {
        return new RemoteFailure(message, "", Fault.ENDPOINT, null, cause);
    }

    /** The endpoint wants to be left alone for a while. */
    static RemoteFailure busy(String message, Duration retryAfter) {
        return new RemoteFailure(message, "", Fault.ENDPOINT, retryAfter, null);
    }

    static RemoteFailure ofSettings(String message) {
        return new RemoteFailure(message, "", Fault.SETTINGS, null, null);
    }

    static RemoteFailure ofRequest(String message) {
        return new RemoteFailure(message, "", Fault.REQUEST, null, null);
    }

    /** The same with the endpoint's own words, which must hold no secret. */
    RemoteFailure saying(String said) {
        return new RemoteFailure(String.valueOf(getMessage()), said, fault, retryAfter, getCause());
    }

    Fault fault() {
        return fault;
    }

    /** What the endpoint said; empty where that is nothing. */
    String words() {
        return words;
    }

    /** How long the endpoint wants to be left alone, where it says so. */
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
