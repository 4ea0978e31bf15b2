package dev.siskin.inference.answering;

/** A request needs more memory than there will ever be for one; the message is one line with the remedy. */
public final class NeverFitsException extends RuntimeException {
    NeverFitsException(String message) {
        super(message, null, false, false);
    }
}
