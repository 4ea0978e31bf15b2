package dev.siskin.indexer.sending;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.TimedReads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Names the document that would be stored for a file: SHA-256 over the file's bytes and those of its
 * sidecar, its id and address, and everything
 * that shapes chunks, metadata and vectors. Equal to the stored one: nothing to do.
 */
public final class ContentHash {
    private static final int READ_BYTES = 64 * 1024;

    private final byte[] shaping;
    private final TimedReads reads;

    /**
     * A hash over files treated alike.
     *
     * @param shaping what changes the stored document without changing the file: versions, settings, fingerprint
     * @param reads of the files
     */
    public ContentHash(List<String> shaping, TimedReads reads) {
        this.reads = reads;
        this.shaping = String.join("\0", shaping).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the file once; 64 hexadecimal digits. */
    public String of(SourceFile file) throws IOException {
        MessageDigest digest = sha256();
        digest.update(shaping);
        String uri = file.uri().map(Object::toString).orElse("");
        digest.update(("\0" + file.id() + "\0" + uri + "\0").getBytes(StandardCharsets.UTF_8));
        Optional<Path> sidecar = Sources.sidecar(file);
        if (sidecar.isPresent()) {
            update(digest, sidecar.get());
            digest.update((byte) 0);
        }
        if (file.record().isPresent()) {
            digest.update(file.record().get().fields().toString().getBytes(StandardCharsets.UTF_8));
            try (InputStream in = file.record().get().open(file.path(), reads)) {
                update(digest, in);
            }
        } else {
            update(digest, file.path());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void update(MessageDigest digest, Path file) throws IOException {
        try (InputStream in = reads.open(file, Files.size(file))) {
            update(digest, in);
        }
    }

    private static void update(MessageDigest digest, InputStream in) throws IOException {
        byte[] buffer = new byte[READ_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            digest.update(buffer, 0, read);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
