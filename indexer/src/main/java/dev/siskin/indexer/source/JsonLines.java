package dev.siskin.indexer.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Optional;

/** The records of a file with a JSON object a line. A line is parsed as it is read and not kept, however long it is. */
final class JsonLines {
    /** Without its line break. */
    static final int MAX_LINE_BYTES = 8 * 1024 * 1024;

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

    /**
     * Shows every record; false where the visitor ended the walk.
     *
     * @throws TimedReads.TooSlowException if the file takes too long to read
     */
    static boolean walk(SourceFile file, RecordFields fields, TimedReads reads, Visitor visitor)
            throws IOException, InterruptedException {
        try (InputStream in = new BufferedInputStream(reads.open(file.path(), Files.size(file.path())), BUFFER_BYTES)) {
            long offset = skipMark(in);
            for (long number = 1; ; number++) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                var line = new Line(in);
                String where = file.id() + ", line " + number;
                Optional<String> id = id(line, fields, where, visitor);
                if (line.length == 0) {
                    return true;
                }
                if (id.isPresent()
                        && !visitor.record(
                                file.record(id.get(), new JsonRecord(offset, line.lengthWithoutBreak(), fields)))) {
                    return false;
                }
                offset += line.length;
            }
        }
    }

    private static int skipMark(InputStream in) throws IOException {
        in.mark(BYTE_ORDER_MARK.length);
        if (java.util.Arrays.equals(in.readNBytes(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
            return BYTE_ORDER_MARK.length;
        }
        in.reset();
        return 0;
    }

    /** The id of a line's record; empty where it is none, which the visitor is told. Reads to the line's end. */
    private static Optional<String> id(Line line, RecordFields fields, String where, Visitor visitor)
            throws IOException {
        try {
            Optional<RecordContent> record = RecordContent.read(line, fields.id()::contains, _ -> false);
            line.skipRest();
            Optional<String> id = record.flatMap(content -> fields.idOf(content.fields()));
            if (line.isTooLong()) {
                tooLong(where, visitor);
                return Optional.empty();
            }
            if (record.isPresent() && id.isEmpty()) {
                visitor.noRecord(
                        where, "has no id in " + fields.id(), "give it one, or name the field with --field id=NAME");
            }
            return id;
        } catch (RecordContent.NoObjectException other) {
            line.skipRest();
            visitor.noRecord(where, "is no JSON object", "give it one, or name the field with --field id=NAME");
        } catch (JsonProcessingException malformed) {
            line.skipRest();
            if (line.isTooLong()) {
                tooLong(where, visitor);
            } else {
                visitor.noRecord(where, "is no JSON: " + Json.explain(malformed), "correct the line");
            }
        } catch (CharConversionException malformed) {
            line.skipRest();
            visitor.noRecord(where, "is no JSON: not in UTF-8", "correct the line");
        }
        return Optional.empty();
    }

    private static void tooLong(String where, Visitor visitor) {
        visitor.noRecord(where, "has more than %,d bytes".formatted(MAX_LINE_BYTES), "split the record");
    }

    /** A line of a file; ends where that has more bytes than allowed. */
    private static final class Line extends InputStream {
        private final InputStream in;
        private long length;
        private int breakBytes;
        private boolean isOver;

        Line(InputStream in) {
            this.in = in;
        }

        /** One that is too long is not parsed on. */
        @Override
        public int read() throws IOException {
            return isTooLong() ? -1 : next();
        }

        private int next() throws IOException {
            if (isOver) {
                return -1;
            }
            int next = in.read();
            if (next < 0) {
                isOver = true;
                return -1;
            }
            length++;
            breakBytes = next == '\n' || next == '\r' ? breakBytes + 1 : 0;
            isOver = next == '\n';
            return next;
        }

        @Override
        public int read(byte[] buffer, int offset, int most) throws IOException {
            int count = 0;
            for (int next; count < most && (next = read()) >= 0; count++) {
                buffer[offset + count] = (byte) next;
            }
            return count == 0 && most > 0 ? -1 : count;
        }

        void skipRest() throws IOException {
            while (next() >= 0) {
                // Only counted.
            }
        }

        boolean isTooLong() {
            return length - breakBytes > MAX_LINE_BYTES;
        }

        int lengthWithoutBreak() {
            return (int) (length - breakBytes);
        }
    }
}
