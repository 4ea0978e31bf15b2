package dev.siskin.inference.decoding;

/** The model failed on a sequence, or was closed under it. Others go on. */
public final class DecodingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DecodingException(String message) {
        super(message);
    }

    DecodingException(String message, Throwable cause) {
        super(message, cause);
    }
}
