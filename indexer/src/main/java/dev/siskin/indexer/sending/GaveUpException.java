package dev.siskin.indexer.sending;

/** The run cannot go on: the service stayed away too long, or refuses what the run is about. */
public final class GaveUpException extends Exception {
    private static final long serialVersionUID = 1L;

    public GaveUpException(String message) {
        super(message, null, false, false);
    }
}
