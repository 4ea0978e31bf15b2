package dev.siskin.auth;

/** The key file cannot be used; the message is one line and names the file and the fault. */
public final class InvalidKeyFileException extends RuntimeException {
    public InvalidKeyFileException(String message) {
        super(message);
    }
}
