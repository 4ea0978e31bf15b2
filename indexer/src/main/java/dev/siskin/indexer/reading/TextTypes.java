package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MimeTypes;

/**
 * Tells the files that are plain text by their first bytes and their name, with Tika's table of types and none of its
 * parsers: what can be read without the parser process. In doubt it says nothing.
 */
final class TextTypes {
    private static final Set<String> PROSE =
            Set.of("text/plain", "text/x-rst", "text/asciidoc", "text/x-web-markdown", "text/troff");

    private static final Set<String> DELIMITED = Set.of(
            "text/csv", "text/tsv", "text/tab-separated-values", "application/x-isatab", "application/x-isatab-assay");
    private static final int HEAD_BYTES = 64 * 1024;

    private final MimeTypes types = MimeTypes.getDefaultMimeTypes();

    /** The type of a file that is certainly text, which is closed; empty where a parser is to look at it. */
    Optional<MediaType> of(InputStream file, String name) throws IOException {
        var metadata = new Metadata();
        metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, name);
        MediaType type;
        try (InputStream in = new java.io.BufferedInputStream(file, HEAD_BYTES)) {
            type = types.detect(in, metadata).getBaseType();
        }
        return isText(type) ? Optional.of(type) : Optional.empty();
    }

    /** How a paragraph of such a text is cut. */
    static Block.Kind kind(MediaType type) {
        if (isDelimited(type)) {
            return Block.Kind.TABLE;
        }
        return PROSE.contains(type.toString()) ? Block.Kind.PROSE : Block.Kind.LINES;
    }

    /** Whether it is values between commas or tabs. */
    static boolean isDelimited(MediaType type) {
        return DELIMITED.contains(type.toString());
    }

    private static boolean isText(MediaType type) {
        String name = type.toString();
        return PROSE.contains(name) || isDelimited(type) || name.startsWith("text/x-");
    }
}
