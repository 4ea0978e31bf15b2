package dev.siskin.inference.generation.remote;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call of the endpoint that came to nothing; the message is one line that goes on from the endpoint's name. */
final class RemoteFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean endpointsOwn;
    private final @Nullable Duration retryAfter;

    private RemoteFailure(
            String message, boolean endpointsOwn, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.endpointsOwn = endpointsOwn;
        this.retryAfter = retryAfter;
    }

    /** The endpoint is out of order, so that the next request would fail as well. */
    static RemoteFailure ofEndpoint(String message, @Nullable Throwable cause) {
        return new RemoteFailure(message, true, null, cause);
    }

    /** The endpoint wants to be left alone for a while. */
    static RemoteFailure busy(String message, Duration retryAfter) {
        return new RemoteFailure(message, true, retryAfter, null);
    }

    /** This one request cannot be answered; others may. */
    static RemoteFailure ofRequest(String message) {
        return new RemoteFailure(message, false, null, null);
    }

    /** Whether it counts against the endpoint. */
    boolean isEndpointsOwn() {
        return endpointsOwn;
    }

    /** How long the endpoint wants to be left alone, where it says so. */
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
