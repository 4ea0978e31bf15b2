package dev.siskin.retrieval.collection;

/** A document that cannot be stored, and why in one line; it fails alone. */
public final class InvalidDocumentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidDocumentException(String message) {
        super(message);
    }
}
