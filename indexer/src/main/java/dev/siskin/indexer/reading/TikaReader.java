package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.tika.config.TikaConfig;
import org.apache.tika.detect.EncodingDetector;
import org.apache.tika.exception.TikaException;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
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
import org.apache.tika.parser.html.HtmlMapper;
import org.apache.tika.parser.html.IdentityHtmlMapper;
import org.apache.tika.parser.microsoft.OfficeParserConfig;
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

    /** Pages written by programs nest deeper than Tika allows; its own limit on the parser's stack is the JVM's. */
    private static final int MAX_DEPTH = 1000;

    private static final int PDF_MEMORY_BYTES = 32 * 1024 * 1024;

    private static final MediaType MAIL = MediaType.parse("message/rfc822");

    private final TikaConfig config;
    private final AutoDetectParser parser;

    TikaReader() {
        try (InputStream in = TikaReader.class.getResourceAsStream("tika-config.xml")) {
            config = new TikaConfig(in);
        } catch (TikaException | IOException | SAXException broken) {
            throw new IllegalStateException("tika-config.xml in this jar is not usable: " + broken, broken);
        }
        parser = new AutoDetectParser(config);
        parser.getAutoDetectParserConfig().setMaximumDepth(MAX_DEPTH);
    }

    /** Detects a file's type by content and name. */
    MediaType detect(Path file, String name) throws IOException {
        var metadata = new Metadata();
        metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, name);
        try (TikaInputStream in = TikaInputStream.get(file, metadata)) {
            MediaType type = config.getDetector().detect(in, metadata).getBaseType();
            // A message of a newsgroup is one of mail in all that matters, and has no parser of its own.
            return type.toString().equals("message/news") ? MAIL : type;
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
     * Parses a file. What is no content by its place (navigation, page headers) is left out unless there is nothing else.
     *
     * @throws WriteLimitReachedException if its text is longer than {@code maxChars}
     */
    void parse(Path file, MediaType type, int partChars, int maxChars, PartSink sink)
            throws IOException, TikaException, SAXException, InterruptedException {
        var content = new Reading(type, false, partChars, maxChars, sink);
        parse(file, content);
        if (!content.isBegun && !type.toString().equals("application/pdf")) {
            parse(file, new Reading(type, true, partChars, maxChars, sink));
        }
    }

    private void parse(Path file, Reading reading)
            throws IOException, TikaException, SAXException, InterruptedException {
        try (TikaInputStream in = TikaInputStream.get(file, reading.metadata)) {
            reading.metadata.set(TikaCoreProperties.CONTENT_TYPE_PARSER_OVERRIDE, reading.type.toString());
            parser.parse(in, reading.handler, reading.metadata, context(reading));
        } catch (TikaException | SAXException | RuntimeException failure) {
            if (reading.handler.overflown()) {
                throw new WriteLimitReachedException(reading.maxChars);
            }
            throw failure;
        }
        if (reading.handler.overflown()) {
            throw new WriteLimitReachedException(reading.maxChars);
        }
        reading.handler.end();
    }

    /** One parse; the head is what is known of the document when its first part is given on. */
    private static final class Reading {
        private final Metadata metadata = new Metadata();
        private final MediaType type;
        private final TextRules rules;
        private final int maxChars;
        private final XhtmlTextHandler handler;
        private @Nullable DocumentHead head;
        private boolean isBegun;

        Reading(MediaType type, boolean everything, int partChars, int maxChars, PartSink sink) {
            this.type = type;
            this.rules = TextRules.of(type, everything);
            this.maxChars = maxChars;
            this.handler = new XhtmlTextHandler(partChars, maxChars, rules, part -> {
                isBegun = true;
                sink.part(head(), part);
            });
        }

        private DocumentHead head() {
            DocumentHead known = head;
            if (known == null) {
                known = TikaMetadata.head(metadata, type, rules.sheets() ? Optional.empty() : handler.firstHeading());
                head = known;
            }
            return known;
        }
    }

    private ParseContext context(Reading reading) {
        var context = new ParseContext();
        context.set(PDFParserConfig.class, pdf());
        context.set(OfficeParserConfig.class, office(reading));
        context.set(HtmlMapper.class, IdentityHtmlMapper.INSTANCE);
        context.set(EncodingDetector.class, new MarkupEncoding());
        // Numbers and dates of spreadsheets must not depend on the machine: the content hash does not either.
        context.set(Locale.class, Locale.US);
        context.set(Parser.class, parser);
        context.set(
                EmbeddedDocumentExtractor.class,
                new Attachments(context, config, reading.handler, reading.rules.everything()));
        return context;
    }

    private static PDFParserConfig pdf() {
        var pdf = new PDFParserConfig();
        pdf.setOcrStrategy(PDFParserConfig.OCR_STRATEGY.NO_OCR);
        pdf.setMaxMainMemoryBytes(PDF_MEMORY_BYTES);
        // Columns are in the order in which they were written, which sorting by position would interleave.
        pdf.setSortByPosition(false);
        pdf.setDetectAngles(true);
        // They repeat the headings, behind the last page.
        pdf.setExtractBookmarksText(false);
        return pdf;
    }

    private static OfficeParserConfig office(Reading reading) {
        boolean everything = reading.rules.everything();
        var office = new OfficeParserConfig();
        office.setIncludeHeadersAndFooters(everything);
        office.setIncludeSlideMasterContent(everything);
        // Of text documents the texts in shapes would go with them.
        office.setConcatenatePhoneticRuns(!reading.rules.sheets());
        // Subject, sender and time are title and metadata.
        office.setWriteSelectHeadersInBody(false);
        return office;
    }
}
