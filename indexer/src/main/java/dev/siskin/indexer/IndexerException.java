package dev.siskin.indexer;

/** Nothing can be indexed; the message is one line with its remedy. */
final class IndexerException extends Exception {
    private static final long serialVersionUID = 1L;

    IndexerException(String message) {
        super(message, null, false, false);
    }
}
