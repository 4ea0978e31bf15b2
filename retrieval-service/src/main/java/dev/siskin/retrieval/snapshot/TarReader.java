package dev.siskin.retrieval.snapshot;

import static dev.siskin.retrieval.snapshot.SnapshotManifest.malformed;

import dev.siskin.retrieval.collection.RetrievalException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads the files of a tar from a stream, one after the other, and refuses what a snapshot does not have: links, folders,
 * devices, names that are paths, extension headers. Every method throws {@link RetrievalException} {@code MALFORMED} where
 * the tar is none or ends early. For one thread.
 */
final class TarReader {
    /** Zeros after the end that tools fill their last record with. */
    private static final int MAX_TRAILING_BYTES = 1 << 20;

    private final InputStream in;
    private final byte[] block = new byte[Tar.BLOCK];
    private long left;
    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** A file; its content is what {@link #read} gives next. */
    record Entry(String name, long bytes) {}

    /** The next file, once the last was read to its end; empty after the last. */
    Optional<Entry> next() throws IOException {
        if (left > 0) {
            throw new IllegalStateException("the file before has bytes left: " + left);
        }
        readFully(padding);
        readFully(Tar.BLOCK);
        if (isZero(0, Tar.BLOCK)) {
            requireEnd();
            return Optional.empty();
        }
        Entry entry = entry();
        left = entry.bytes();
        padding = Tar.padding(left);
        return Optional.of(entry);
    }

    /** Some bytes of the file, at least one; -1 at its end. */
    int read(byte[] buffer) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
            throw endsEarly();
        }
        left -= read;
        return read;
    }

    private Entry entry() {
        if (octal(Tar.CHECKSUM, 8) != Tar.checksum(block)) {
            throw malformed("this is no tar, or it is damaged: a header's checksum is wrong");
        }
        String name = text(Tar.NAME, Tar.NAME_BYTES);
        byte type = block[Tar.TYPE];
        if (type != '0' && type != 0) {
            throw malformed("the tar may hold regular files only: '%s' is of type '%s'; send it as the service gave it"
                    .formatted(shown(name), shown(String.valueOf((char) type))));
        }
        if (!isZero(Tar.LINK, 100) || !text(Tar.MAGIC, 5).equals("ustar") || !isZero(Tar.PREFIX, 155)) {
            throw malformed("the tar may hold regular files without a folder only: '%s'; send it as the service gave it"
                    .formatted(shown(name)));
        }
        return new Entry(name, size());
    }

    private long size() {
        if (block[Tar.SIZE] >= 0) {
            return octal(Tar.SIZE, Tar.SIZE_BYTES);
        }
        boolean fits = block[Tar.SIZE] == (byte) 0x80
                && isZero(Tar.SIZE + 1, Tar.SIZE_BYTES - 1 - Long.BYTES)
                && block[Tar.SIZE + Tar.SIZE_BYTES - Long.BYTES] >= 0;
        if (!fits) {
            throw malformed("the tar is damaged: a size is negative or too large");
        }
        long size = 0;
        for (int i = Tar.SIZE_BYTES - Long.BYTES; i < Tar.SIZE_BYTES; i++) {
            size = size << Byte.SIZE | Byte.toUnsignedLong(block[Tar.SIZE + i]);
        }
        return size;
    }

    private long octal(int offset, int length) {
        String digits = text(offset, length).strip();
        if (digits.isEmpty() || !digits.chars().allMatch(digit -> digit >= '0' && digit <= '7')) {
            throw malformed("this is no tar, or it is damaged: a number is missing in a header");
        }
        return Long.parseLong(digits, 8);
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return new String(block, offset, end - offset, StandardCharsets.ISO_8859_1);
    }

    private boolean isZero(int offset, int length) {
        return Arrays.equals(block, offset, offset + length, new byte[length], 0, length);
    }

    /** Only zeros may follow, and few. */
    private void requireEnd() throws IOException {
        int trailing = 0;
        var buffer = new byte[8 * 1024];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            trailing += read;
            if (trailing > MAX_TRAILING_BYTES || !Arrays.equals(buffer, 0, read, new byte[read], 0, read)) {
                throw malformed("something follows the end of the tar");
            }
        }
    }

    private void readFully(int bytes) throws IOException {
        if (in.readNBytes(block, 0, bytes) < bytes) {
            throw endsEarly();
        }
    }

    private static RetrievalException endsEarly() {
        return malformed("the tar ends early");
    }

    private static String shown(String name) {
        String printable = name.replaceAll("[^ -~]", "?");
        return printable.length() > 80 ? printable.substring(0, 80) + "…" : printable;
    }
}
