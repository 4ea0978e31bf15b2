package dev.siskin.inference.answering;

/** There is no memory for this request now; the message is one line. */
public final class MemoryShortException extends RuntimeException {
    MemoryShortException(String message) {
        super(message, null, false, false);
    }
}
