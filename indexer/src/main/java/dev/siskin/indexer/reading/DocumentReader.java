package dev.siskin.indexer.reading;

import dev.siskin.indexer.source.SourceFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaException;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.exception.ZeroByteFileException;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of any supported format. Markdown and text are read here, so that offsets are those of the file's own
 * text; the rest through Tika, each within a time limit. One thread at a time.
 */
public final class DocumentReader {
    /** Changes whenever the same file would be read differently: it is part of every content hash. */
    public static final int VERSION = 1;

    private static final Set<String> MARKDOWN = Set.of("md", "markdown", "mdown", "mkd", "mkdn");
    private static final String NO_TEXT_REMEDY = "if it is a scan, put it through OCR first";

    private static final long MAX_BYTES_PER_CHAR = 3;

    private final ReadLimits limits;
    private final TimeLimitedParse parses;
    private @Nullable TikaReader tika;

    public DocumentReader(ReadLimits limits) {
        this.limits = limits;
        this.parses = new TimeLimitedParse(limits.timeout());
    }

    /**
     * Reads text and structure.
     *
     * @throws UnreadableDocumentException saying why there is no text to be had, and what to do
     */
    public ReadDocument read(SourceFile file) throws UnreadableDocumentException, InterruptedException {
        try {
            checkSize(file.path());
            ReadDocument document = parses.run(file.fileName(), () -> readNow(file));
            if (document.text().sections().isEmpty()) {
                throw new UnreadableDocumentException("no text found in it", NO_TEXT_REMEDY);
            }
            return document;
        } catch (IOException failure) {
            throw unreadable(failure);
        } catch (ExecutionException failure) {
            throw unreadable(failure.getCause());
        }
    }

    private void checkSize(Path file) throws IOException, UnreadableDocumentException {
        long size = Files.size(file);
        if (size == 0) {
            throw new UnreadableDocumentException("is empty", "nothing to do, or restore its content");
        }
        if (size > limits.maxFileBytes()) {
            throw new UnreadableDocumentException(
                    "has %,d bytes, over the limit of %,d".formatted(size, limits.maxFileBytes()),
                    "split it, or raise indexer.read.max.file.bytes");
        }
    }

    private ReadDocument readNow(SourceFile file)
            throws IOException, TikaException, org.xml.sax.SAXException, UnreadableDocumentException {
        if (MARKDOWN.contains(file.extension())) {
            return MarkdownReader.read(decoded(file.path()));
        }
        MediaType type = tika().detect(file.path());
        return switch (tika().form(type)) {
            case TEXT -> PlainTextReader.read(decoded(file.path()), type.toString(), Block.Kind.PROSE);
            case LINES -> PlainTextReader.read(decoded(file.path()), type.toString(), Block.Kind.LINES);
            case PARSED -> tika().parse(file.path(), type, limits.maxChars());
            case MEDIA -> throw unsupported(type);
            case UNKNOWN -> readUnknown(file.path(), type);
        };
    }

    private ReadDocument readUnknown(Path file, MediaType type) throws IOException, UnreadableDocumentException {
        if (Files.size(file) > maxTextBytes()) {
            throw unsupported(type);
        }
        String text = text(file).orElseThrow(() -> unsupported(type));
        return PlainTextReader.read(text, type.toString(), Block.Kind.LINES);
    }

    private long maxTextBytes() {
        return MAX_BYTES_PER_CHAR * limits.maxChars();
    }

    private static UnreadableDocumentException unsupported(MediaType type) {
        return new UnreadableDocumentException(
                "is " + type + ", a format without text that can be read",
                "leave it out, or convert it to PDF, HTML or text");
    }

    private String decoded(Path file) throws IOException, UnreadableDocumentException {
        return text(file)
                .orElseThrow(() -> new UnreadableDocumentException(
                        "is binary, not text", "leave it out, or give it the extension of its real format"));
    }

    /** The file's text; empty where it is binary. */
    private Optional<String> text(Path file) throws IOException, UnreadableDocumentException {
        if (Files.size(file) > maxTextBytes()) {
            throw tooLong();
        }
        Optional<String> text = TextDecoder.decode(Files.readAllBytes(file));
        if (text.isPresent() && text.get().length() > limits.maxChars()) {
            throw tooLong();
        }
        return text;
    }

    private UnreadableDocumentException tooLong() {
        return new UnreadableDocumentException(
                "its text is longer than %,d characters".formatted(limits.maxChars()),
                "split it, or raise indexer.read.max.chars");
    }

    private synchronized TikaReader tika() {
        TikaReader reader = tika;
        if (reader == null) {
            reader = new TikaReader();
            tika = reader;
        }
        return reader;
    }

    private UnreadableDocumentException unreadable(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<UnreadableDocumentException> known = known(cause);
            if (known.isPresent()) {
                return known.get();
            }
        }
        return new UnreadableDocumentException(
                "cannot be parsed, it seems damaged (" + firstLine(failure) + ")",
                "open it in its own program and save it again");
    }

    private Optional<UnreadableDocumentException> known(Throwable cause) {
        return Optional.ofNullable(
                switch (cause) {
                    case UnreadableDocumentException unreadable -> unreadable;
                    case WriteLimitReachedException _ -> tooLong();
                    case EncryptedDocumentException _ -> protectedByPassword();
                    case org.apache.poi.EncryptedDocumentException _ -> protectedByPassword();
                    case ZeroByteFileException _ ->
                        new UnreadableDocumentException("is empty", "nothing to do, or restore its content");
                    case AccessDeniedException _ ->
                        new UnreadableDocumentException("cannot be opened: no permission", "grant read permission");
                    case NoSuchFileException _ -> gone();
                    case FileNotFoundException _ -> gone();
                    case OutOfMemoryError _ ->
                        new UnreadableDocumentException(
                                "needs more memory to read than this process has",
                                "split it, or raise -Xmx in indexer/jvm.options");
                    case StackOverflowError _ ->
                        new UnreadableDocumentException(
                                "is nested too deeply to be read", "save it again in its own program, or convert it");
                    default -> null;
                });
    }

    private static UnreadableDocumentException protectedByPassword() {
        return new UnreadableDocumentException("is protected by a password", "save a copy without the password");
    }

    private static UnreadableDocumentException gone() {
        return new UnreadableDocumentException("is gone since the run began", "run again");
    }

    /** The innermost message says most: the outer ones name the parser. */
    private static String firstLine(@Nullable Throwable failure) {
        String best = "no reason given";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                best = cause.getMessage().lines().findFirst().orElse(best);
            } else {
                best = cause.getClass().getSimpleName();
            }
        }
        return best.length() > 160 ? best.substring(0, 160) + "…" : best;
    }
}
