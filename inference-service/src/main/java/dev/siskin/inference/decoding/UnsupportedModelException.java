package dev.siskin.inference.decoding;

/** A model is whole but of a kind that cannot be run here. The message is one line and names what is unsupported. */
public final class UnsupportedModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedModelException(String message) {
        super(message);
    }
}
