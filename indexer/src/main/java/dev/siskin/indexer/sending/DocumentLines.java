package dev.siskin.indexer.sending;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A document as the lines that carry it: one, or numbered parts where it is too large for one. */
final class DocumentLines {
    /** Most chunks of a line. */
    static final int MAX_CHUNKS = 1024;

    /** Bytes of chunks after which a part is closed: far from what a line may have, and the size of a request. */
    private static final int PART_BYTES = DocumentSender.MAX_REQUEST_BYTES;

    private DocumentLines() {}

    /** Each ended by a line break, none with more bytes than {@link Document#MAX_LINE_BYTES} unless a chunk alone has. */
    static List<byte[]> of(Document document) {
        List<Chunk> chunks = document.chunks() == null ? List.of() : document.chunks();
        if (chunks.size() <= MAX_CHUNKS) {
            byte[] line = line(document);
            if (line.length <= Document.MAX_LINE_BYTES) {
                return List.of(line);
            }
        }
        var lines = new ArrayList<byte[]>();
        int first = 0;
        while (first < chunks.size()) {
            int end = endOfPart(chunks, first);
            lines.add(line(part(document, chunks.subList(first, end), lines.size(), end == chunks.size())));
            first = end;
        }
        return lines;
    }

    private static int endOfPart(List<Chunk> chunks, int first) {
        int end = first;
        long bytes = 0;
        while (end < chunks.size() && end - first < MAX_CHUNKS && bytes < PART_BYTES) {
            bytes += json(chunks.get(end)).length;
            end++;
        }
        return end;
    }

    /** The first part says what is said once of the whole document. */
    private static Document part(Document document, List<Chunk> chunks, int number, boolean last) {
        boolean first = number == 0;
        return new Document(
                document.id(),
                first ? document.title() : null,
                first ? document.uri() : null,
                document.contentHash(),
                first ? document.metadata() : null,
                chunks,
                last ? null : true,
                number);
    }

    private static byte[] line(Document document) {
        byte[] json = json(document);
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }

    private static byte[] json(Object value) {
        try {
            return Json.MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException("not writable as JSON: " + unwritable.getOriginalMessage(), unwritable);
        }
    }
}
