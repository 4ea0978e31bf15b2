package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Set;
import org.apache.tika.config.TikaConfig;
import org.apache.tika.exception.TikaException;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MediaTypeRegistry;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.parser.CompositeParser;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.parser.csv.TextAndCSVParser;
import org.apache.tika.parser.pdf.PDFParserConfig;
import org.apache.tika.parser.txt.TXTParser;
import org.jspecify.annotations.Nullable;
import org.xml.sax.SAXException;

/**
 * Everything Tika's standard parsers read, without OCR and without parsers that start other programs. Thread-safe once
 * made; making it loads some hundred classes, so it is made when the first file needs it.
 */
final class TikaReader {
    /** What a file's content and name say it is. */
    enum Form {
        /** Text to be decoded: prose. */
        TEXT,
        /** Text to be decoded: source code, data. */
        LINES,
        /** Text to be decoded: values between commas or tabs. */
        DELIMITED,
        /** A format with a parser. */
        PARSED,
        /** Pictures, sound: nothing to read. */
        MEDIA,
        /** No parser: text or not, as its bytes tell. */
        UNKNOWN
    }

    private static final Set<String> WITHOUT_TEXT = Set.of("image", "audio", "video", "font", "model");
    private static final Set<String> PROSE =
            Set.of("text/plain", "text/x-rst", "text/asciidoc", "text/x-web-markdown", "text/troff");

    /** Formats whose tables say what their headers are, and often are no tables but layout. */
    private static final Set<String> MARKS_HEADERS =
            Set.of("text/html", "application/xhtml+xml", "application/epub+zip", "message/rfc822");

    private static final int PDF_MEMORY_BYTES = 32 * 1024 * 1024;

    private final TikaConfig config;
    private final AutoDetectParser parser;

    TikaReader() {
        try (InputStream in = TikaReader.class.getResourceAsStream("tika-config.xml")) {
            config = new TikaConfig(in);
        } catch (TikaException | IOException | SAXException broken) {
            throw new IllegalStateException("tika-config.xml in this jar is not usable: " + broken, broken);
        }
        parser = new AutoDetectParser(config);
    }

    /** Detects a file's type by content and name. */
    MediaType detect(Path file, String name) throws IOException {
        var metadata = new Metadata();
        metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, name);
        try (TikaInputStream in = TikaInputStream.get(file, metadata)) {
            return config.getDetector().detect(in, metadata).getBaseType();
        }
    }

    /** How a type is to be read. */
    Form form(MediaType type) {
        if (WITHOUT_TEXT.contains(type.getType())) {
            return Form.MEDIA;
        }
        if (TextTypes.isDelimited(type)) {
            return Form.DELIMITED;
        }
        Parser chosen = parserFor(type);
        if (chosen instanceof TXTParser || chosen instanceof TextAndCSVParser || isText(type, chosen)) {
            return PROSE.contains(type.toString()) ? Form.TEXT : Form.LINES;
        }
        return chosen == null ? Form.UNKNOWN : Form.PARSED;
    }

    private boolean isText(MediaType type, @Nullable Parser chosen) {
        boolean noParser = chosen == null || chosen.getClass().getSimpleName().equals("SourceCodeParser");
        return noParser && config.getMediaTypeRegistry().isInstanceOf(type, MediaType.TEXT_PLAIN);
    }

    /** The parser of a type or of what it is a kind of, behind the composites that only choose one. */
    private @Nullable Parser parserFor(MediaType type) {
        MediaTypeRegistry types = config.getMediaTypeRegistry();
        for (MediaType t = types.normalize(type); t != null; t = types.getSupertype(t)) {
            Parser found = parser;
            while (found instanceof CompositeParser composite) {
                found = composite.getParsers(new ParseContext()).get(t);
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /**
     * Parses a file.
     *
     * @throws WriteLimitReachedException if its text is longer than {@code maxChars}
     */
    void parse(Path file, MediaType type, int partChars, int maxChars, PartSink sink)
            throws IOException, TikaException, SAXException, InterruptedException {
        var metadata = new Metadata();
        var reading = new Reading(type, metadata, partChars, maxChars, sink);
        try (TikaInputStream in = TikaInputStream.get(file, metadata)) {
            parser.parse(in, reading.handler, metadata, context());
        } catch (TikaException | SAXException | RuntimeException failure) {
            if (reading.handler.overflown()) {
                throw new WriteLimitReachedException(maxChars);
            }
            throw failure;
        }
        if (reading.handler.overflown()) {
            throw new WriteLimitReachedException(maxChars);
        }
        reading.handler.end();
    }

    /** One parse; the head is what is known of the document when its first part is given on. */
    private static final class Reading {
        private final XhtmlTextHandler handler;
        private final MediaType type;
        private final Metadata metadata;
        private @Nullable DocumentHead head;

        Reading(MediaType type, Metadata metadata, int partChars, int maxChars, PartSink sink) {
            this.type = type;
            this.metadata = metadata;
            this.handler = new XhtmlTextHandler(
                    partChars, maxChars, !MARKS_HEADERS.contains(type.toString()), part -> sink.part(head(), part));
        }

        private DocumentHead head() {
            DocumentHead known = head;
            if (known == null) {
                known = TikaMetadata.head(metadata, type, handler.firstHeading());
                head = known;
            }
            return known;
        }
    }

    private static ParseContext context() {
        var pdf = new PDFParserConfig();
        pdf.setOcrStrategy(PDFParserConfig.OCR_STRATEGY.NO_OCR);
        pdf.setMaxMainMemoryBytes(PDF_MEMORY_BYTES);
        var context = new ParseContext();
        context.set(PDFParserConfig.class, pdf);
        return context;
    }
}
