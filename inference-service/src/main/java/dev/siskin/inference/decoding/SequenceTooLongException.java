package dev.siskin.inference.decoding;

/** A sequence that could never run here, however long it waited: the message has the limit and the figures. */
public final class SequenceTooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SequenceTooLongException(String message) {
        super(message);
    }
}
