package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.tika.config.TikaConfig;
import org.apache.tika.extractor.ParsingEmbeddedDocumentExtractor;
import org.apache.tika.io.TemporaryResources;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Message;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.parser.ParseContext;
import org.xml.sax.ContentHandler;
import org.xml.sax.SAXException;

/**
 * Reads the documents within a document: attachments, embedded workbooks, the messages of a mailbox. Each stands under
 * its name, or under nothing where the name is one that a program made up. Pictures, sound, macros, fonts and thumbnails
 * are left out.
 */
final class Attachments extends ParsingEmbeddedDocumentExtractor {
    private static final long serialVersionUID = 1L;

    private static final Set<String> WITHOUT_TEXT = Set.of("image", "audio", "video", "font", "model");
    /** An archive may hold itself. */
    private static final int MAX_DEPTH = 10;

    private static final Set<String> NO_DOCUMENTS =
            Set.of("MACRO", "THUMBNAIL", "FONT", "METADATA", "RENDERING", "VERSION");

    /** May carry a document, as those of Office for Mac do; its own labels repeat what is in the document. */
    private static final Set<String> DRAWINGS = Set.of("image/emf", "image/wmf");

    /** What Office, LibreOffice and Tika call a document that has no name. */
    private static final Pattern MADE_UP = Pattern.compile(
            "(_?\\d+|mbd[0-9a-f]+|(oleobject|image|file|thumbnail|htmldoc|unknown|embedded|object|afchunk|mbox)[-_ ]?\\d*"
                    + "|microsoft_.*|(package|contents|workbook|worddocument|oledata|attachment)\\d*)(\\.\\w{1,10})?",
            Pattern.CASE_INSENSITIVE);

    private final transient TikaConfig config;
    private final transient XhtmlTextHandler text;
    private final boolean everything;
    private int depth;

    /** @param everything whether the labels of drawings count as well, because there is nothing else */
    Attachments(ParseContext context, TikaConfig config, XhtmlTextHandler text, boolean everything) {
        super(context);
        this.config = config;
        this.text = text;
        this.everything = everything;
    }

    @Override
    public boolean shouldParseEmbedded(Metadata metadata) {
        String kind = metadata.get(TikaCoreProperties.EMBEDDED_RESOURCE_TYPE);
        return kind == null || !NO_DOCUMENTS.contains(kind);
    }

    @Override
    public void parseEmbedded(InputStream stream, ContentHandler handler, Metadata metadata, boolean outputHtml)
            throws SAXException, IOException {
        if (!shouldParseEmbedded(metadata) || depth >= MAX_DEPTH) {
            return;
        }
        try (var temporary = new TemporaryResources()) {
            // Not to be closed: it is the parser's stream, or stands on it.
            TikaInputStream in = TikaInputStream.get(stream, temporary, metadata);
            MediaType type = config.getDetector().detect(in, metadata);
            boolean isDrawing = DRAWINGS.contains(type.toString());
            if (WITHOUT_TEXT.contains(type.getType()) && !isDrawing) {
                return;
            }
            // Not to be found out a second time: that is most of what a small attachment costs.
            metadata.set(TikaCoreProperties.CONTENT_TYPE_PARSER_OVERRIDE, type.toString());
            depth++;
            text.startAttachment(new Attachment(metadata, type, isDrawing, isDrawing && !everything));
            try {
                super.parseEmbedded(in, handler, metadata, false);
            } finally {
                text.endAttachment();
                depth--;
            }
        }
    }

    /**
     * A document within another.
     *
     * @param metadata complete when its text begins
     * @param isSilent whether its own text is left out, and not that of the documents within it
     */
    record Attachment(Metadata metadata, MediaType type, boolean isDrawing, boolean isSilent) {
        boolean isSheets() {
            return TextRules.isSheets(type.toString());
        }

        boolean isPdf() {
            return type.toString().equals("application/pdf");
        }

        /** What it is called. */
        Optional<String> name() {
            if (isDrawing) {
                return Optional.empty();
            }
            if (type.toString().equals("message/rfc822")) {
                return TikaMetadata.line(metadata.get(TikaCoreProperties.SUBJECT));
            }
            return Optional.ofNullable(metadata.get(TikaCoreProperties.RESOURCE_NAME_KEY))
                    .map(path -> path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1))
                    .flatMap(TikaMetadata::line)
                    .filter(name -> !MADE_UP.matcher(name).matches())
                    .or(() -> TikaMetadata.title(metadata))
                    .or(() -> TikaMetadata.line(metadata.get(TikaCoreProperties.SUBJECT)));
        }

        /** A message's sender and time, in a line. */
        Optional<String> sender() {
            return TikaMetadata.line(metadata.get(Message.MESSAGE_FROM))
                    .map(sender -> TikaMetadata.date(metadata, TikaCoreProperties.CREATED)
                            .map(date -> "From " + sender + ", " + date)
                            .orElse("From " + sender));
        }
    }
}
