package dev.siskin.inference.batching;

/** Too much waits for a job to be let in; it may be later; the message is one line. */
public final class QueueFullException extends RuntimeException {
    QueueFullException(String message) {
        super(message);
    }
}
