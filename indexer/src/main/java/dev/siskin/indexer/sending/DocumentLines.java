package dev.siskin.indexer.sending;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.Json;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A document as the lines that carry it: one, or where it is too large for one numbered parts, each made when it is asked
 * for. A line ends in a line break and has at most {@link Document#MAX_LINE_BYTES}, unless a chunk alone has more.
 */
final class DocumentLines implements Iterator<byte[]> {
    /** Most chunks of a line. */
    static final int MAX_CHUNKS = 1024;

    /** Bytes of chunks after which a part is closed: far from what a line may have, and the size of a request. */
    private static final int PART_BYTES = DocumentSender.MAX_REQUEST_BYTES;

    private final Document document;
    private final List<Chunk> chunks;
    private int next;
    private int parts;

    DocumentLines(Document document) {
        this.document = document;
        this.chunks = document.chunks() == null ? List.of() : document.chunks();
    }

    /** The document in one line; empty where that is too large. */
    Optional<byte[]> whole() {
        if (chunks.size() > MAX_CHUNKS) {
            return Optional.empty();
        }
        byte[] line = line(document);
        return line.length <= Document.MAX_LINE_BYTES ? Optional.of(line) : Optional.empty();
    }

    @Override
    public boolean hasNext() {
        return next < chunks.size();
    }

    /** The next part. */
    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int end = endOfPart(chunks, next);
        byte[] line = line(part(document, chunks.subList(next, end), parts, end == chunks.size()));
        next = end;
        parts++;
        return line;
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
