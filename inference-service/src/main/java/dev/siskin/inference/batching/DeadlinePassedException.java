package dev.siskin.inference.batching;

/** A job's deadline passed before it was done; the message is one line. */
public final class DeadlinePassedException extends RuntimeException {
    DeadlinePassedException(String message) {
        super(message);
    }
}
