package dev.siskin.generators;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** ONNX graphs of a few bytes, written by hand. */
final class TestGraphs {
    private static final int GRAPH = 7;
    private static final int NODE = 1;
    private static final int INITIALIZER = 5;

    private TestGraphs() {}

    /** A model whose graph has these parts. */
    static byte[] model(byte[]... parts) {
        return join(number(1, 8), message(GRAPH, join(parts)));
    }

    static byte[] initializer(byte[] tensor) {
        return message(INITIALIZER, tensor);
    }

    /** A node that holds a tensor in its attribute. */
    static byte[] constant(byte[] tensor) {
        return message(NODE, join(text(4, "Constant"), message(5, message(5, tensor))));
    }

    /** A node with a graph of its own. */
    static byte[] branch(byte[]... parts) {
        return message(NODE, message(5, message(6, join(parts))));
    }

    /** A tensor that lies in another file. */
    static byte[] external(String location, long offset, long length) {
        return join(
                number(1, 4),
                text(8, "weight"),
                message(13, join(text(1, "location"), text(2, location))),
                message(13, join(text(1, "offset"), text(2, Long.toString(offset)))),
                message(13, join(text(1, "length"), text(2, Long.toString(length)))),
                number(14, 1));
    }

    /** A tensor that holds its bytes. */
    static byte[] inline(int bytes) {
        return join(number(1, bytes), message(9, new byte[bytes]));
    }

    /** A tensor with these bytes that says expressly, behind them, that they are in it. */
    static byte[] tensor(byte[] bytes) {
        return join(number(1, bytes.length), message(9, bytes), number(14, 0));
    }

    static byte[] message(int field, byte[] content) {
        return join(varint((long) field << 3 | 2), varint(content.length), content);
    }

    private static byte[] text(int field, String text) {
        return message(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] number(int field, long value) {
        return join(varint((long) field << 3), varint(value));
    }

    private static byte[] varint(long value) {
        var bytes = new ByteArrayOutputStream();
        long left = value;
        for (; left > 0x7F; left >>>= 7) {
            bytes.write((int) ((left & 0x7F) | 0x80));
        }
        bytes.write((int) left);
        return bytes.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        var bytes = new ByteArrayOutputStream();
        List.of(parts).forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }
}
