package dev.siskin.inference.answering;

/** The deadline passed with nothing in hand. */
public final class TooLateException extends RuntimeException {
    TooLateException(String message) {
        super(message, null, false, false);
    }
}
