package dev.siskin.inference.batching;

/** A job is larger than all that may wait, so that it can never be let in; the message is one line. */
public final class JobTooLargeException extends RuntimeException {
    JobTooLargeException(String message) {
        super(message);
    }
}
