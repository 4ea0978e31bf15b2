package dev.siskin.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A document as it is sent, one line of NDJSON.
 *
 * @param id 1 to 1,024 UTF-8 bytes, may hold {@code /}
 * @param contentHash hash over all that determines the stored document; equal = {@code unchanged}
 * @param metadata strings, numbers, booleans, dates and arrays of strings
 * @param more true on every part but the last of a document sent in parts
 * @param part number of this line among the lines of its document, from 0; optional, and checked where it is sent
 */
public record Document(
        String id,
        @Nullable String title,
        @Nullable String uri,
        @Nullable String contentHash,
        @Nullable Map<String, Object> metadata,
        @Nullable List<Chunk> chunks,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean more,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer part) {
    public static final int MAX_ID_BYTES = 1024;
    public static final int MAX_METADATA_FIELDS = 64;
    public static final int MAX_LINE_BYTES = 8 * 1024 * 1024;
    public static final long MAX_REQUEST_BYTES = 64L * 1024 * 1024;

    /** A document, or a part of one, that does not number its lines. */
    public Document(
            String id,
            @Nullable String title,
            @Nullable String uri,
            @Nullable String contentHash,
            @Nullable Map<String, Object> metadata,
            @Nullable List<Chunk> chunks,
            @Nullable Boolean more) {
        this(id, title, uri, contentHash, metadata, chunks, more, null);
    }
}
