package dev.siskin.inference.generation;

/** Nobody waits for this generation any more. */
public final class CancelledException extends RuntimeException {
    public CancelledException() {
        super("nobody waits for the answer any more", null, false, false);
    }
}
