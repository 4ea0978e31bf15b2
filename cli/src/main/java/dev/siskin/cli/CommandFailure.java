package dev.siskin.cli;

/** A command cannot do what was asked; the message is one line: what, the limit, the value, the remedy. */
public final class CommandFailure extends RuntimeException {
    public CommandFailure(String message) {
        super(message, null, false, false);
    }
}
