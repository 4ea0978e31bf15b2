package dev.siskin.indexer.source;

import java.io.IOException;
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
     * Reads its JSON.
     *
     * @param file that holds it
     */
    public byte[] bytes(Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(offset);
            return Channels.newInputStream(channel).readNBytes(length);
        }
    }
}
