package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Optional;
import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;

/**
 * The encoding of a text file that nobody names: by byte order mark, else UTF-8 where every byte fits it, else UTF-16 by
 * its pattern of zero bytes, else by letter statistics (ICU's detector as Tika carries it), else windows-1252, which fits
 * anything. The file is read twice, a buffer at a time.
 *
 * @param markBytes of the byte order mark
 */
record TextEncoding(Charset charset, int markBytes) {
    private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
    private static final Charset UTF_32LE = Charset.forName("UTF-32LE");
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
    private static final int BUFFER_BYTES = 64 * 1024;

    /** Finds out a file's encoding, and closes it; empty where it is not text. */
    static Optional<TextEncoding> of(InputStream file) throws IOException {
        try (InputStream in = file) {
            byte[] head = in.readNBytes(BUFFER_BYTES);
            Optional<TextEncoding> known = byMark(head);
            if (known.isEmpty()) {
                known = utf16(head);
            }
            return known.isPresent() ? known : byContent(head, in);
        }
    }

    /** The text, without its byte order mark; to be closed. */
    Reader open(InputStream in) throws IOException {
        try {
            in.skipNBytes(markBytes);
            return new InputStreamReader(in, charset);
        } catch (IOException | RuntimeException failure) {
            in.close();
            throw failure;
        }
    }

    private static Optional<TextEncoding> byMark(byte[] head) {
        if (startsWith(head, 0, 0, 0xFE, 0xFF)) {
            return Optional.of(new TextEncoding(UTF_32BE, 4));
        }
        if (startsWith(head, 0xFF, 0xFE, 0, 0)) {
            return Optional.of(new TextEncoding(UTF_32LE, 4));
        }
        if (startsWith(head, 0xFE, 0xFF)) {
            return Optional.of(new TextEncoding(StandardCharsets.UTF_16BE, 2));
        }
        if (startsWith(head, 0xFF, 0xFE)) {
            return Optional.of(new TextEncoding(StandardCharsets.UTF_16LE, 2));
        }
        return Optional.empty();
    }

    private static boolean startsWith(byte[] bytes, int... mark) {
        if (bytes.length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (Byte.toUnsignedInt(bytes[i]) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    /** Western text in UTF-16 has a zero in nearly every second byte and none in the others. */
    private static Optional<TextEncoding> utf16(byte[] head) {
        int even = 0;
        int odd = 0;
        int length = head.length & ~1;
        for (int i = 0; i < length; i += 2) {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
        }
        int most = length / 2 * 7 / 10;
        if (length < 4 || Math.max(even, odd) <= most || Math.min(even, odd) > 0) {
            return Optional.empty();
        }
        return Optional.of(new TextEncoding(even > odd ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE, 0));
    }

    private static Optional<TextEncoding> byContent(byte[] head, InputStream rest) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        var content = new Content();
        content.add(head, head.length);
        for (int read = rest.read(buffer); read >= 0 && !content.hasZero; read = rest.read(buffer)) {
            content.add(buffer, read);
        }
        content.end();
        if (content.hasZero) {
            return Optional.empty();
        }
        if (content.isUtf8) {
            return Optional.of(new TextEncoding(StandardCharsets.UTF_8, startsWith(head, 0xEF, 0xBB, 0xBF) ? 3 : 0));
        }
        return content.controls > content.bytes / 50
                ? Optional.empty()
                : Optional.of(new TextEncoding(byStatistics(head), 0));
    }

    /** What the bytes of a file tell, counted as they pass. */
    private static final class Content {
        private final CharsetDecoder utf8 = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        private final CharBuffer decoded = CharBuffer.allocate(BUFFER_BYTES);
        private ByteBuffer undecoded = ByteBuffer.allocate(0);
        private boolean isUtf8 = true;
        private boolean hasZero;
        private long bytes;
        private long controls;

        void add(byte[] buffer, int length) {
            bytes += length;
            for (int i = 0; i < length; i++) {
                byte value = buffer[i];
                hasZero |= value == 0;
                if (value >= 0 && value < ' ' && value != '\n' && value != '\r' && value != '\t' && value != '\f') {
                    controls++;
                }
            }
            if (isUtf8) {
                // A character may have begun in the buffer before.
                var in = ByteBuffer.allocate(undecoded.remaining() + length);
                in.put(undecoded).put(buffer, 0, length).flip();
                decode(in, false);
                undecoded = in;
            }
        }

        void end() {
            if (isUtf8) {
                decode(undecoded, true);
            }
        }

        private void decode(ByteBuffer in, boolean last) {
            CoderResult result;
            do {
                decoded.clear();
                result = utf8.decode(in, decoded, last);
            } while (result.isOverflow());
            isUtf8 = !result.isError();
        }
    }

    private static Charset byStatistics(byte[] head) {
        CharsetMatch match = new CharsetDetector().setText(head).detect();
        if (match == null) {
            return WINDOWS_1252;
        }
        try {
            Charset found = Charset.forName(match.getName());
            // Nearly the same, and what "ISO-8859-1" files in the wild are.
            return found.equals(StandardCharsets.ISO_8859_1) ? WINDOWS_1252 : found;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
            return WINDOWS_1252;
        }
    }
}
