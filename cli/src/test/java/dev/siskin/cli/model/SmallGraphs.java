package dev.siskin.cli.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** ONNX graphs of one tensor, as far as they are looked at when a model is copied or pulled. */
public final class SmallGraphs {
    private SmallGraphs() {}

    /** A graph that holds so many bytes of weights, which differ by the seed. */
    public static byte[] whole(int bytes, long seed) {
        var weights = new byte[bytes];
        new Random(seed).nextBytes(weights);
        return graph(field(9, weights));
    }

    /** A graph whose weights are the first bytes of a file beside it. */
    public static byte[] external(String location, int bytes) {
        return graph(join(
                field(13, join(text(1, "location"), text(2, location))),
                field(13, join(text(1, "length"), text(2, Integer.toString(bytes)))),
                new byte[] {14 << 3, 1}));
    }

    private static byte[] graph(byte[] tensor) {
        return field(7, field(5, tensor));
    }

    private static byte[] text(int number, String text) {
        return field(number, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] field(int number, byte[] content) {
        var bytes = new ByteArrayOutputStream();
        bytes.write(number << 3 | 2);
        int length = content.length;
        for (; length > 0x7F; length >>>= 7) {
            bytes.write((length & 0x7F) | 0x80);
        }
        bytes.write(length);
        bytes.writeBytes(content);
        return bytes.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        var bytes = new ByteArrayOutputStream();
        List.of(parts).forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }
}
