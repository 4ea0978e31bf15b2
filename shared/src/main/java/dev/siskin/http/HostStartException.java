package dev.siskin.http;

/** A service cannot listen; the message is one line with the remedy. */
public final class HostStartException extends RuntimeException {
    public HostStartException(String message) {
        super(message);
    }

    public HostStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
