package dev.siskin.inference.shaping;

/** A request that cannot be answered as it stands; the message is one line with the remedy. */
public final class InvalidQuestionException extends RuntimeException {
    private final boolean tooLarge;

    InvalidQuestionException(String message, boolean tooLarge) {
        super(message, null, false, false);
        this.tooLarge = tooLarge;
    }

    /** Whether it is a matter of size. */
    public boolean tooLarge() {
        return tooLarge;
    }
}
