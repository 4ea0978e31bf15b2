package dev.siskin.inference.answering;

/** Too many answers wait to be made; the message is one line. */
public final class GenerationFullException extends RuntimeException {
    GenerationFullException(String message, Throwable cause) {
        super(message, cause);
    }
}
