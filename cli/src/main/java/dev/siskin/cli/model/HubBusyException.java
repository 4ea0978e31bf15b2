package dev.siskin.cli.model;

import java.io.IOException;
import java.time.Duration;

/** A hub cannot answer now and may do so later. */
final class HubBusyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /** @param retryAfter what it asked for; zero = nothing */
    HubBusyException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    Duration retryAfter() {
        return retryAfter;
    }
}
