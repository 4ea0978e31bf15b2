package dev.siskin.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether two parts of a document have the same chunks, whatever their vectors: those of two machines may differ in
 * the last digit.
 *
 * <p>SHA-256 over, for each chunk in order: text, context and heading, each as the number of its UTF-8 bytes (-1 where it
 * is null) and these bytes; page (-1 where it is null), start and end. Numbers have four bytes, big-endian.
 */
public final class PartDigest {
    private static final int ABSENT = -1;

    private PartDigest() {}

    /** 64 hexadecimal digits. */
    public static String of(List<Chunk> chunks) {
        MessageDigest digest = sha256();
        for (Chunk chunk : chunks) {
            update(digest, chunk.text());
            update(digest, chunk.context());
            update(digest, chunk.heading());
            update(digest, chunk.page() == null ? ABSENT : chunk.page());
            update(digest, chunk.start());
            update(digest, chunk.end());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, @Nullable String text) {
        if (text == null) {
            update(digest, ABSENT);
            return;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        update(digest, utf8.length);
        digest.update(utf8);
    }

    private static void update(MessageDigest digest, int number) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java has SHA-256", impossible);
        }
    }
}
