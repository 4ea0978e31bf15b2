package dev.siskin.indexer.reading;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.apache.tika.detect.EncodingDetector;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.parser.html.HtmlEncodingDetector;
import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;
import org.apache.tika.parser.txt.UniversalEncodingDetector;
import org.jspecify.annotations.Nullable;

/**
 * The encoding of HTML, and of text within other documents: what the page declares, unless that is UTF-8 and the bytes
 * are not; else by statistics, EBCDIC excepted, since markup in it would not have been recognized.
 */
final class MarkupEncoding implements EncodingDetector {
    private static final long serialVersionUID = 1L;
    private static final int HEAD_BYTES = 64 * 1024;

    @Override
    public @Nullable Charset detect(@Nullable InputStream input, Metadata metadata) throws IOException {
        if (input == null) {
            return null;
        }
        input.mark(HEAD_BYTES);
        byte[] head = input.readNBytes(HEAD_BYTES);
        input.reset();
        Charset declared = new HtmlEncodingDetector().detect(input, metadata);
        boolean isUtf8 = isUtf8(head);
        if (declared != null && (isUtf8 || !declared.equals(StandardCharsets.UTF_8))) {
            return declared;
        }
        if (isUtf8) {
            return StandardCharsets.UTF_8;
        }
        return declared == null ? new UniversalEncodingDetector().detect(input, metadata) : byStatistics(head);
    }

    private static boolean isUtf8(byte[] head) {
        for (byte value : head) {
            if (value == 0) {
                return false;
            }
        }
        var decoder = StandardCharsets.UTF_8.newDecoder();
        // The last character may be cut off: it is not the end of the input.
        return !decoder.decode(ByteBuffer.wrap(head), CharBuffer.allocate(head.length), false)
                .isError();
    }

    private static @Nullable Charset byStatistics(byte[] head) {
        var detector = new CharsetDetector();
        detector.enableInputFilter(true);
        for (CharsetMatch match : detector.setText(head).detectAll()) {
            String name = match.getName();
            if (!name.startsWith("IBM4") && !name.startsWith("IBM5") && Charset.isSupported(name)) {
                return Charset.forName(name);
            }
        }
        return null;
    }
}
