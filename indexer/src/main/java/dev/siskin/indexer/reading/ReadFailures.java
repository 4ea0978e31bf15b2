package dev.siskin.indexer.reading;

import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.source.TimedReads;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.exception.ZeroByteFileException;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;

/** What went wrong with a file in the words of the report, and what to do about it. */
public final class ReadFailures {
    static final String SPLIT_OR_WAIT = "split the file, or raise indexer.read.total.timeout";

    private static final int MAX_REASON_CHARS = 160;

    /**
     * What the system says where the file is not at fault; Java gives its words alone, and parsers wrap them as they do
     * damage. English, since the process that parses is told to have them so.
     */
    private static final List<String> OF_THE_SYSTEM = List.of(
            "Input/output error",
            "Stale file handle",
            "No space left on device",
            "Disk quota exceeded",
            "Too many open files",
            "Cannot allocate memory");

    private ReadFailures() {}

    /** Of a file that is read without a parser, so that nothing but the system can have failed. */
    public static UnreadableDocumentException ofSystem(IOException failure) {
        return known(failure, 0).orElseGet(() -> notNow(innermostMessage(failure)));
    }

    /**
     * Of a parser.
     *
     * @param maxChars that a text may have
     */
    static UnreadableDocumentException of(@Nullable Throwable failure, int maxChars) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<UnreadableDocumentException> known = known(cause, maxChars);
            if (known.isPresent()) {
                return known.get();
            }
        }
        String message = innermostMessage(failure);
        return byMessage(message)
                .orElseGet(() -> new UnreadableDocumentException(
                        "cannot be parsed, it seems damaged (" + message + ")",
                        "open it in its own program and save it again"));
    }

    /** Where parsers have no exception of its own for a reason. */
    private static Optional<UnreadableDocumentException> byMessage(String message) {
        if (OF_THE_SYSTEM.stream().anyMatch(message::contains)) {
            return Optional.of(notNow(message));
        }
        if (message.contains("zip bomb") || message.contains("Zip bomb")) {
            return Optional.of(new UnreadableDocumentException(
                    "unpacks to far more than it should, as a zip bomb does (" + message + ")", "leave it out"));
        }
        if (message.contains("entityExpansionLimit")) {
            return Optional.of(new UnreadableDocumentException(
                    "expands its XML entities too often, as an attack does", "leave it out, or expand them before"));
        }
        if (message.contains("maxElementDepth")) {
            return Optional.of(nestedTooDeeply());
        }
        if (message.contains("Strict OOXML")) {
            return Optional.of(new UnreadableDocumentException(
                    "is Strict Open XML, which cannot be read", "save it again as an ordinary Office document"));
        }
        return Optional.empty();
    }

    private static UnreadableDocumentException nestedTooDeeply() {
        return new UnreadableDocumentException(
                "is nested too deeply to be read", "save it again in its own program, or convert it");
    }

    private static Optional<UnreadableDocumentException> known(Throwable cause, int maxChars) {
        return Optional.ofNullable(
                switch (cause) {
                    case UnreadableDocumentException unreadable -> unreadable;
                    case WriteLimitReachedException _ -> tooLong(maxChars);
                    case EncryptedDocumentException _ -> protectedByPassword();
                    case org.apache.poi.EncryptedDocumentException _ -> protectedByPassword();
                    case ZeroByteFileException _ -> empty();
                    case AccessDeniedException _ ->
                        new UnreadableDocumentException(
                                "cannot be opened: no permission", "grant read permission", Retry.ALWAYS);
                    case NoSuchFileException _ -> gone();
                    case FileNotFoundException _ -> gone();
                    case FileSystemException failure -> notNow(String.valueOf(failure.getMessage()));
                    case TimedReads.TooSlowException slow ->
                        new UnreadableDocumentException(String.valueOf(slow.getMessage()), SPLIT_OR_WAIT, Retry.TWICE);
                    case StackOverflowError _ -> nestedTooDeeply();
                    default -> null;
                });
    }

    static UnreadableDocumentException empty() {
        return new UnreadableDocumentException("is empty", "nothing to do, or restore its content");
    }

    static UnreadableDocumentException noText() {
        return new UnreadableDocumentException(
                "no text found in it", "if it is a scan or a picture, put it through OCR first; else leave it out");
    }

    static UnreadableDocumentException binary() {
        return new UnreadableDocumentException(
                "is binary, not text", "leave it out, or give it the extension of its real format");
    }

    static UnreadableDocumentException unsupported(MediaType type) {
        return new UnreadableDocumentException(
                "is " + type + ", a format without text that can be read",
                "leave it out, or convert it to PDF, HTML or text");
    }

    static UnreadableDocumentException tooLarge(long bytes, long most) {
        return new UnreadableDocumentException(
                "has %,d bytes, over the limit of %,d".formatted(bytes, most),
                "split it, or raise indexer.read.max.file.bytes");
    }

    private static UnreadableDocumentException tooLong(int maxChars) {
        return new UnreadableDocumentException(
                "its text is longer than %,d characters".formatted(maxChars),
                "split it, or raise indexer.read.max.chars");
    }

    private static UnreadableDocumentException protectedByPassword() {
        return new UnreadableDocumentException("is protected by a password", "save a copy without the password");
    }

    private static UnreadableDocumentException gone() {
        return new UnreadableDocumentException("is gone since the run began", "run again", Retry.ALWAYS);
    }

    private static UnreadableDocumentException notNow(String message) {
        return new UnreadableDocumentException("cannot be read: " + message, "run again", Retry.ALWAYS);
    }

    /** The innermost message says most: the outer ones name the parser. */
    private static String innermostMessage(@Nullable Throwable failure) {
        String best = "no reason given";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                best = cause.getMessage().lines().findFirst().orElse(best);
            } else {
                best = cause.getClass().getSimpleName();
            }
        }
        return best.length() > MAX_REASON_CHARS ? best.substring(0, MAX_REASON_CHARS) + "…" : best;
    }
}
