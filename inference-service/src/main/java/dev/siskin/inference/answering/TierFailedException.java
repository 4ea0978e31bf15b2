package dev.siskin.inference.answering;

/** A tier did not answer; the ladder has what may stand in. Carries what the client is told where nothing may. */
final class TierFailedException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause reason;
    private final RuntimeException error;

    TierFailedException(Cause reason, RuntimeException error) {
        super(error.getMessage(), error, false, false);
        this.reason = reason;
        this.error = error;
    }

    Cause reason() {
        return reason;
    }

    /** What the client is told. */
    RuntimeException error() {
        return error;
    }
}
