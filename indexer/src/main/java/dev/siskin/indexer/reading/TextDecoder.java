package dev.siskin.indexer.reading;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;

/**
 * Bytes to characters without being told the encoding: by byte order mark, else UTF-8 where every byte fits it, else
 * UTF-16 by its pattern of zero bytes, else by letter statistics (ICU's detector as Tika carries it), else
 * windows-1252, which fits anything.
 */
final class TextDecoder {
    private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
    private static final Charset UTF_32LE = Charset.forName("UTF-32LE");
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
    private static final int STATISTICS_BYTES = 64 * 1024;

    private TextDecoder() {}

    /** The text without its byte order mark; empty where the bytes are not text. */
    static Optional<String> decode(byte[] bytes) {
        if (startsWith(bytes, 0, 0, 0xFE, 0xFF)) {
            return Optional.of(text(bytes, 4, UTF_32BE));
        }
        if (startsWith(bytes, 0xFF, 0xFE, 0, 0)) {
            return Optional.of(text(bytes, 4, UTF_32LE));
        }
        if (startsWith(bytes, 0xFE, 0xFF)) {
            return Optional.of(text(bytes, 2, StandardCharsets.UTF_16BE));
        }
        if (startsWith(bytes, 0xFF, 0xFE)) {
            return Optional.of(text(bytes, 2, StandardCharsets.UTF_16LE));
        }
        return withoutMark(bytes, startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0);
    }

    private static Optional<String> withoutMark(byte[] bytes, int offset) {
        Optional<Charset> wide = utf16(bytes);
        if (wide.isPresent()) {
            return Optional.of(text(bytes, 0, wide.get()));
        }
        if (hasZeroByte(bytes)) {
            return Optional.empty();
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, offset, bytes.length - offset))
                    .toString());
        } catch (CharacterCodingException notUtf8) {
            return isMostlyControls(bytes) ? Optional.empty() : Optional.of(text(bytes, 0, byStatistics(bytes)));
        }
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

    private static String text(byte[] bytes, int offset, Charset charset) {
        return new String(bytes, offset, bytes.length - offset, charset);
    }

    /** Western text in UTF-16 has a zero in nearly every second byte and none in the others. */
    private static Optional<Charset> utf16(byte[] bytes) {
        int even = 0;
        int odd = 0;
        int length = Math.min(bytes.length, STATISTICS_BYTES) & ~1;
        for (int i = 0; i < length; i += 2) {
            even += bytes[i] == 0 ? 1 : 0;
            odd += bytes[i + 1] == 0 ? 1 : 0;
        }
        int most = length / 2 * 7 / 10;
        if (length < 4 || Math.max(even, odd) <= most || Math.min(even, odd) > 0) {
            return Optional.empty();
        }
        return Optional.of(even > odd ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE);
    }

    private static boolean hasZeroByte(byte[] bytes) {
        for (byte value : bytes) {
            if (value == 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMostlyControls(byte[] bytes) {
        int controls = 0;
        for (byte value : bytes) {
            if (value >= 0 && value < ' ' && value != '\n' && value != '\r' && value != '\t' && value != '\f') {
                controls++;
            }
        }
        return controls > bytes.length / 50;
    }

    private static Charset byStatistics(byte[] bytes) {
        CharsetMatch match = new CharsetDetector()
                .setText(Arrays.copyOf(bytes, Math.min(bytes.length, STATISTICS_BYTES)))
                .detect();
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
