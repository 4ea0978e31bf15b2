package dev.siskin.inference.answering;

/** The collection stayed behind the {@code min_generation} asked for until the deadline; it may get there yet. */
public final class GenerationNotReachedException extends RuntimeException {
    GenerationNotReachedException(String message) {
        super(message, null, false, false);
    }
}
