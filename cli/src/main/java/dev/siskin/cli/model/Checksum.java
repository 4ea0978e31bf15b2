package dev.siskin.cli.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What a hub says of a file's content: SHA-256 of the content for files in its large store, for others the id that Git
 * gives them, which is SHA-1 over a header and the content.
 *
 * @param hex lower-case hexadecimal
 */
record Checksum(Kind kind, String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]+");
    private static final int BUFFER_BYTES = 256 * 1024;

    enum Kind {
        SHA256("SHA-256", 64),
        GIT_BLOB("SHA-1", 40);

        private final String algorithm;
        private final int digits;

        Kind(String algorithm, int digits) {
            this.algorithm = algorithm;
            this.digits = digits;
        }
    }

    /** @throws IllegalArgumentException where that is not one */
    Checksum {
        if (hex.length() != kind.digits || !HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("not a checksum of kind " + kind.algorithm + ": '" + hex + "'");
        }
    }

    /** The file's own checksum of this kind. */
    Checksum of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance(kind.algorithm);
            if (kind == Kind.GIT_BLOB) {
                digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
            }
            var buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return new Checksum(kind, HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has " + kind.algorithm, impossible);
        }
    }
}
