package dev.siskin.models;

/** A graph is none that {@link FusedGraph} can rewrite. */
final class UnsuitableGraphException extends Exception {
    private static final long serialVersionUID = 1;

    UnsuitableGraphException(String message) {
        super(message);
    }
}
