package dev.siskin.generators;

import org.jspecify.annotations.Nullable;

/** The folder of a model that writes answers cannot be used. The message is one line: the file, and what is wrong with it. */
public final class GeneratorFolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GeneratorFolderException(String message) {
        super(message);
    }

    GeneratorFolderException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
