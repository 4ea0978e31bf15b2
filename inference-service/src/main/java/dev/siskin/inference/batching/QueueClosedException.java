package dev.siskin.inference.batching;

/** The queue takes no more jobs, and those that waited are not worked on; the message is one line. */
public final class QueueClosedException extends RuntimeException {
    QueueClosedException(String message) {
        super(message);
    }
}
