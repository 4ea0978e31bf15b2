package dev.siskin.indexer.source;

/** The paths given cannot be indexed together, or one of them is not there; the message is one line with its remedy. */
public final class UnusableSourceException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnusableSourceException(String message) {
        super(message);
    }
}
