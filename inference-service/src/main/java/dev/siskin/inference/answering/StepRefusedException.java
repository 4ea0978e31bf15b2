package dev.siskin.inference.answering;

/** The answer would be a step down the ladder and the request allows none; the message says step and cause. */
public final class StepRefusedException extends RuntimeException {
    StepRefusedException(String message) {
        super(message, null, false, false);
    }
}
