package dev.siskin.indexer.reading;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimedReads;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of any supported format, a part at a time. Markdown and text are read here, so that offsets are those of
 * the file's own text; the rest through Tika in the {@link ParserProcess}. One thread at a time.
 */
public final class DocumentReader implements AutoCloseable {
    /** Changes whenever the same file would be read differently: it is part of every content hash. */
    public static final int VERSION = 3;

    private static final Set<String> MARKDOWN = Set.of("md", "markdown", "mdown", "mkd", "mkdn");

    private final ReadLimits limits;
    private final int partChars;
    private final ParserProcess parser;
    private final TimedReads reads;
    private @Nullable TextTypes textTypes;

    public DocumentReader(ReadLimits limits) {
        this(limits, PartBuilder.PART_CHARS);
    }

    /** @param partChars characters after which a part ends with its block */
    DocumentReader(ReadLimits limits, int partChars) {
        this.limits = limits;
        this.partChars = partChars;
        this.parser = new ParserProcess(limits);
        this.reads = new TimedReads(limits.allowance());
    }

    /**
     * Reads text and structure.
     *
     * @throws UnreadableDocumentException saying why there is no text to be had, or no more after some parts, and what to
     *     do
     */
    public void read(SourceFile file, PartSink sink) throws UnreadableDocumentException, InterruptedException {
        var counting = new CountingSink(sink);
        try {
            check(file.record().isPresent() ? file.record().get().length() : Files.size(file.path()), limits);
            readNow(file, counting);
        } catch (IOException failure) {
            throw ReadFailures.ofSystem(failure);
        } catch (WriteLimitReachedException tooLong) {
            throw ReadFailures.of(tooLong, limits.maxChars());
        }
        if (counting.parts == 0) {
            throw ReadFailures.noText();
        }
    }

    private static final class CountingSink implements PartSink {
        private final PartSink sink;
        private int parts;

        CountingSink(PartSink sink) {
            this.sink = sink;
        }

        @Override
        public void part(DocumentHead head, ExtractedText part) throws InterruptedException {
            parts++;
            sink.part(head, part);
        }
    }

    /**
     * Refuses a file that is not to be opened.
     *
     * @param size of what there is to read, in bytes
     */
    public static void check(long size, ReadLimits limits) throws UnreadableDocumentException {
        if (size == 0) {
            throw ReadFailures.empty();
        }
        if (size > limits.maxFileBytes()) {
            throw ReadFailures.tooLarge(size, limits.maxFileBytes());
        }
    }

    private void readNow(SourceFile source, PartSink sink)
            throws IOException, UnreadableDocumentException, WriteLimitReachedException, InterruptedException {
        Path file = source.path();
        String name = source.fileName();
        if (source.record().isPresent()) {
            RecordReader.read(file, source.record().get(), reads, partChars, limits.maxChars(), sink);
            return;
        }
        if (MARKDOWN.contains(source.extension())) {
            try (Reader text = openText(file)) {
                MarkdownReader.read(text, partChars, limits.maxChars(), sink);
            }
            return;
        }
        Optional<MediaType> text = textTypes().of(open(file), name);
        if (text.isPresent()) {
            readText(file, text.get().toString(), TextTypes.kind(text.get()), sink);
            return;
        }
        if (parser.parse(file, name, partChars, sink)
                instanceof ParserWire.Message.IsText(String mimeType, Block.Kind kind, boolean isCertain)) {
            if (!isCertain && TextEncoding.of(open(file)).isEmpty()) {
                throw ReadFailures.unsupported(MediaType.parse(mimeType));
            }
            readText(file, mimeType, kind, sink);
        }
    }

    private void readText(Path file, String mimeType, Block.Kind kind, PartSink sink)
            throws IOException, UnreadableDocumentException, WriteLimitReachedException, InterruptedException {
        var head = new DocumentHead(Optional.empty(), mimeType);
        try (Reader text = openText(file)) {
            if (kind == Block.Kind.TABLE) {
                DelimitedTextReader.read(text, head, partChars, limits.maxChars(), sink);
            } else {
                PlainTextReader.read(text, head, kind, partChars, limits.maxChars(), sink);
            }
        }
    }

    private InputStream open(Path file) throws IOException {
        return reads.open(file, Files.size(file));
    }

    private Reader openText(Path file) throws IOException, UnreadableDocumentException {
        Optional<TextEncoding> encoding = TextEncoding.of(open(file));
        if (encoding.isEmpty()) {
            throw ReadFailures.binary();
        }
        return encoding.get().open(open(file));
    }

    private TextTypes textTypes() {
        TextTypes types = textTypes;
        if (types == null) {
            types = new TextTypes();
            textTypes = types;
        }
        return types;
    }

    /** Ends the parser process, if there is one. */
    @Override
    public void close() {
        parser.close();
    }
}
