package dev.siskin.inference.models;

/** A model cannot take a tier now. The message is one line: what stands in its way. */
public final class ChangeRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ChangeRefusedException(String message) {
        super(message);
    }
}
