package dev.siskin.retrieval.snapshot;

import java.nio.charset.StandardCharsets;

/**
 * The part of the tar format that a snapshot needs: regular files with flat ASCII names. A block of {@value #BLOCK} bytes
 * before each file, its content filled up with zeros to whole blocks, two blocks of zeros at the end.
 *
 * <table>
 *   <caption>A header (POSIX.1-1988, {@code ustar}); fields not listed are zero</caption>
 *   <tr><th>offset</th><th>bytes</th><th>holds</th></tr>
 *   <tr><td>{@value #NAME}</td><td>{@value #NAME_BYTES}</td><td>name, ended by a zero where it is shorter</td></tr>
 *   <tr><td>{@value #MODE}</td><td>8</td><td>0644 in octal digits</td></tr>
 *   <tr><td>{@value #SIZE}</td><td>{@value #SIZE_BYTES}</td><td>length: octal digits; from 8 GiB on 0x80 and then the
 *       number, big-endian, as GNU tar and others write and read it</td></tr>
 *   <tr><td>{@value #MODIFIED}</td><td>12</td><td>seconds since 1970 in octal digits</td></tr>
 *   <tr><td>{@value #CHECKSUM}</td><td>8</td><td>sum of the header's bytes, these eight taken as spaces</td></tr>
 *   <tr><td>{@value #TYPE}</td><td>1</td><td>{@code 0}, or zero, for a regular file</td></tr>
 *   <tr><td>{@value #LINK}</td><td>100</td><td>zero: no link</td></tr>
 *   <tr><td>{@value #MAGIC}</td><td>8</td><td>{@code ustar}, zero, {@code 00}</td></tr>
 *   <tr><td>{@value #PREFIX}</td><td>155</td><td>zero: no folder</td></tr>
 * </table>
 */
final class Tar {
    static final String MEDIA_TYPE = "application/x-tar";

    static final int BLOCK = 512;
    static final int NAME = 0;
    static final int NAME_BYTES = 100;
    static final int MODE = 100;
    static final int SIZE = 124;
    static final int SIZE_BYTES = 12;
    static final int MODIFIED = 136;
    static final int CHECKSUM = 148;
    static final int TYPE = 156;
    static final int LINK = 157;
    static final int MAGIC = 257;
    static final int PREFIX = 345;

    /** From this length on a size does not fit into octal digits. */
    static final long BINARY_SIZE = 1L << 33;

    /** Blocks of zeros at the end. */
    static final int END_BLOCKS = 2;

    private Tar() {}

    /** What a file takes in a tar. */
    static long sizeOf(long bytes) {
        return BLOCK + bytes + padding(bytes);
    }

    /** Zeros after the content of a file. */
    static int padding(long bytes) {
        return (int) (-bytes & (BLOCK - 1));
    }

    /** The header of a file. */
    static byte[] header(String name, long bytes, long modifiedSeconds) {
        var header = new byte[BLOCK];
        put(header, NAME, name);
        put(header, MODE, "0000644");
        if (bytes < BINARY_SIZE) {
            put(header, SIZE, "%011o".formatted(bytes));
        } else {
            header[SIZE] = (byte) 0x80;
            for (int i = 0; i < Long.BYTES; i++) {
                header[SIZE + SIZE_BYTES - 1 - i] = (byte) (bytes >>> (Byte.SIZE * i));
            }
        }
        put(header, MODIFIED, "%011o".formatted(modifiedSeconds));
        header[TYPE] = '0';
        put(header, MAGIC, "ustar\00000");
        put(header, CHECKSUM, "%06o\0 ".formatted(checksum(header)));
        return header;
    }

    /** The sum of the header's bytes. */
    static int checksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean ofChecksum = i >= CHECKSUM && i < CHECKSUM + 8;
            sum += ofChecksum ? ' ' : Byte.toUnsignedInt(header[i]);
        }
        return sum;
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }
}
