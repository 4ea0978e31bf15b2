package dev.siskin.indexer.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An archive's file, which remembers that it could not be read: what unpacks it makes the same of that as of damage. For
 * one thread at a time.
 */
final class ArchiveChannel implements SeekableByteChannel {
    private final SeekableByteChannel file;
    private Optional<IOException> failure = Optional.empty();

    private ArchiveChannel(SeekableByteChannel file) {
        this.file = file;
    }

    static ArchiveChannel open(Path archive) throws IOException {
        return new ArchiveChannel(Files.newByteChannel(archive));
    }

    /** Why the file could not be read; empty where it could. */
    Optional<IOException> failure() {
        return failure;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        try {
            return file.read(buffer);
        } catch (ClosedByInterruptException stopped) {
            throw stopped;
        } catch (IOException unread) {
            failure = Optional.of(unread);
            throw unread;
        }
    }

    @Override
    public int write(ByteBuffer buffer) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
        file.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
