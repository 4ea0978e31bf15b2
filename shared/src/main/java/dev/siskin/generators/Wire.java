package dev.siskin.generators;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file in the wire format of protocol buffers, read through a small buffer from wherever one likes. */
final class Wire implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int LONGEST_VARINT_BITS = 63;

    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
    private long bufferEnd;

    Wire(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        size = channel.size();
    }

    /** Bytes of the file. */
    long size() {
        return size;
    }

    /** Where the next byte is read. */
    long position() {
        return bufferEnd - buffer.remaining();
    }

    /** Goes to another place; what lies in the buffer is not read again. */
    void position(long to) {
        long ahead = to - position();
        if (ahead >= 0 && ahead <= buffer.remaining()) {
            buffer.position(buffer.position() + (int) ahead);
            return;
        }
        buffer.position(0).limit(0);
        bufferEnd = to;
    }

    long varint() throws IOException {
        long value = 0;
        for (int shift = 0; shift <= LONGEST_VARINT_BITS; shift += 7) {
            byte next = read();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IOException("it is not in the format of protocol buffers");
    }

    /** @throws IOException also where it is longer than {@code most} bytes */
    String text(long length, int most) throws IOException {
        if (length > most) {
            throw new IOException("a text in it is too long: " + length + " bytes");
        }
        return new String(bytes((int) length), StandardCharsets.UTF_8);
    }

    byte[] bytes(int length) throws IOException {
        var bytes = new byte[length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = read();
        }
        return bytes;
    }

    private byte read() throws IOException {
        if (!buffer.hasRemaining()) {
            buffer.clear();
            int read = channel.read(buffer, bufferEnd);
            buffer.flip();
            if (read <= 0) {
                throw new EOFException("it ends early, after " + size + " bytes");
            }
            bufferEnd += read;
        }
        return buffer.get();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
