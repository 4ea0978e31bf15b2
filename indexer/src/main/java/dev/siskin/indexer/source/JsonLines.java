package dev.siskin.indexer.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Optional;

/** The records of a file with a JSON object a line. */
final class JsonLines {
    private static final int MAX_LINE_BYTES = 8 * 1024 * 1024;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private JsonLines() {}

    /** Takes the records as they are found. */
    interface Visitor {
        /** A record; false ends the walk. */
        boolean record(SourceFile record) throws InterruptedException;

        /** A line that is no record, or one that cannot be told from others; the walk goes on. */
        void noRecord(String where, String reason, String remedy);
    }

    /** Shows every record; false where the visitor ended the walk. */
    static boolean walk(SourceFile file, RecordFields fields, Visitor visitor)
            throws IOException, InterruptedException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file.path()), BUFFER_BYTES)) {
            var line = new ByteArrayOutputStream();
            long offset = 0;
            for (long number = 1; ; number++) {
                line.reset();
                long length = readLine(in, line);
                if (length == 0) {
                    return true;
                }
                if (!visit(file, fields, number, offset, length, line, visitor)) {
                    return false;
                }
                offset += length;
            }
        }
    }

    private static boolean visit(
            SourceFile file,
            RecordFields fields,
            long number,
            long offset,
            long length,
            ByteArrayOutputStream line,
            Visitor visitor)
            throws InterruptedException {
        String where = file.id() + ", line " + number;
        if (length > MAX_LINE_BYTES) {
            visitor.noRecord(where, "has more than %,d bytes".formatted(MAX_LINE_BYTES), "split the record");
            return true;
        }
        byte[] bytes = line.toByteArray();
        int mark = number == 1 && startsWithMark(bytes) ? BYTE_ORDER_MARK.length : 0;
        if (isBlank(bytes, mark)) {
            return true;
        }
        try {
            JsonNode record = Json.MAPPER.readTree(bytes, mark, bytes.length - mark);
            Optional<String> id = record.isObject() ? fields.idOf(record) : Optional.empty();
            if (id.isEmpty()) {
                visitor.noRecord(
                        where,
                        record.isObject() ? "has no id in " + fields.id() : "is no JSON object",
                        "give it one, or name the field with --field id=NAME");
                return true;
            }
            return visitor.record(file.record(id.get(), new JsonRecord(offset + mark, end(bytes) - mark, fields)));
        } catch (JsonProcessingException malformed) {
            visitor.noRecord(where, "is no JSON: " + Json.explain(malformed), "correct the line");
            return true;
        } catch (IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
    }

    private static boolean isBlank(byte[] line, int from) {
        for (int i = from; i < line.length; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && line[i] != '\n') {
                return false;
            }
        }
        return true;
    }

    /** Where the line's break begins. */
    private static int end(byte[] line) {
        int end = line.length;
        while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r')) {
            end--;
        }
        return end;
    }

    private static boolean startsWithMark(byte[] bytes) {
        return bytes.length >= 3
                && bytes[0] == BYTE_ORDER_MARK[0]
                && bytes[1] == BYTE_ORDER_MARK[1]
                && bytes[2] == BYTE_ORDER_MARK[2];
    }

    /** Bytes up to and with the line break, of which no more than allowed are kept; 0 at the end of the file. */
    private static long readLine(InputStream in, ByteArrayOutputStream line) throws IOException {
        long length = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            length++;
            if (length <= MAX_LINE_BYTES) {
                line.write(next);
            }
            if (next == '\n') {
                break;
            }
        }
        return length;
    }
}
