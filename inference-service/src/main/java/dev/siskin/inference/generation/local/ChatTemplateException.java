package dev.siskin.inference.generation.local;

/** A model's chat template cannot be used. The message is one line: the file, its fault, the remedy. */
public final class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
