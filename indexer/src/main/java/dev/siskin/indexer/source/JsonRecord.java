package dev.siskin.indexer.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A record's place in its file.
 *
 * @param offset of its line, bytes
 * @param length of the line without its line break
 * @param fields what its fields are called
 */
public record JsonRecord(long offset, int length, RecordFields fields) {
    /**
     * Opens its JSON, to be closed.
     *
     * @param file that holds it
     */
    public InputStream open(Path file) throws IOException {
        SeekableByteChannel channel = Files.newByteChannel(file);
        try {
            channel.position(offset);
            return new BufferedInputStream(new Bounded(Channels.newInputStream(channel), length));
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static final class Bounded extends InputStream {
        private final InputStream in;
        private int left;

        Bounded(InputStream in, int bytes) {
            this.in = in;
            this.left = bytes;
        }

        @Override
        public int read() throws IOException {
            int value = left == 0 ? -1 : in.read();
            left -= value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int most) throws IOException {
            int read = left == 0 ? -1 : in.read(buffer, offset, Math.min(left, most));
            left -= Math.max(0, read);
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
