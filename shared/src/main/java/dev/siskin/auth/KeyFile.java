package dev.siskin.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of API keys, JSON, format version 1:
 *
 * <pre>{"version":1,"keys":[{"id","sha256","tenant","scopes":[…],"tier","rate_per_minute"}]}</pre>
 *
 * It holds digests only. A key has 256 random bits, so that a plain SHA-256 cannot be searched. Written
 * beside and moved into place, readable by its owner alone.
 */
public final class KeyFile {
    /** The version written, and the only one read. */
    public static final int VERSION = 1;

    private static final String KEY_PREFIX = "sk-siskin-";
    private static final int KEY_BYTES = 32;

    private final Path path;

    public KeyFile(Path path) {
        this.path = path;
    }

    /** A new key: shown once, never stored. */
    public record Created(String key, ApiKey entry) {}

    record Content(int version, List<ApiKey> keys) {}

    /** Whether the file is there. */
    public boolean exists() {
        return Files.exists(path);
    }

    /** @throws InvalidKeyFileException where the file cannot be read or says something impossible */
    public List<ApiKey> read() {
        Content content;
        try {
            content = Json.MAPPER.readValue(Files.readAllBytes(path), Content.class);
        } catch (JsonProcessingException malformed) {
            throw new InvalidKeyFileException("key file " + path + ": " + Json.explain(malformed));
        } catch (IOException unreadable) {
            throw new InvalidKeyFileException("key file " + path + " cannot be read: " + unreadable.getMessage());
        }
        if (content == null || content.version() != VERSION || content.keys() == null) {
            throw new InvalidKeyFileException("key file " + path + " must have version " + VERSION + " and keys");
        }
        if (content.keys().stream().anyMatch(Objects::isNull)) {
            throw new InvalidKeyFileException("key file " + path + " holds a key that is null: remove it");
        }
        long distinct = content.keys().stream().map(ApiKey::id).distinct().count();
        if (distinct != content.keys().size()) {
            throw new InvalidKeyFileException("key file " + path + " holds two keys of the same id");
        }
        return content.keys();
    }

    /**
     * Makes a key and adds its digest to the file, which is created when missing.
     *
     * @throws IllegalArgumentException where the id is taken or a field is impossible
     */
    public Created create(
            String id, String tenant, Set<Scope> scopes, ServiceTier tier, @Nullable Integer ratePerMinute) {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        String key = KEY_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        var entry = new ApiKey(id, digest(key), tenant, scopes, tier, ratePerMinute);
        locked(() -> {
            var keys = new ArrayList<>(exists() ? read() : List.of());
            if (keys.stream().anyMatch(known -> known.id().equals(id))) {
                throw new IllegalArgumentException("a key with this id exists already: id=" + id);
            }
            keys.add(entry);
            write(keys);
        });
        return new Created(key, entry);
    }

    /**
     * Removes a key; running services stop accepting it within a second.
     *
     * @return false where no key has this id
     */
    public boolean revoke(String id) {
        var removed = new boolean[1];
        locked(() -> {
            var keys = new ArrayList<>(read());
            removed[0] = keys.removeIf(known -> known.id().equals(id));
            write(keys);
        });
        return removed[0];
    }

    /** SHA-256 of the key's UTF-8 bytes, lower-case hex. */
    public static String digest(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** Two commands at once must not lose a key: the change happens under a lock file, one thread at a time. */
    private void locked(Runnable change) {
        synchronized (KeyFile.class) {
            lockedAcrossProcesses(change);
        }
    }

    private void lockedAcrossProcesses(Runnable change) {
        Path lock = path.resolveSibling(path.getFileName() + ".lock");
        try {
            Path folder = path.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var held = channel.lock()) {
                if (held.isValid()) {
                    change.run();
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("key file " + path + " cannot be written", failed);
        }
    }

    private void write(List<ApiKey> keys) {
        Path beside = path.resolveSibling(path.getFileName() + ".tmp");
        try {
            Files.deleteIfExists(beside);
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.write(
                    beside, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(new Content(VERSION, keys)));
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            move(beside);
        } catch (IOException failed) {
            throw new UncheckedIOException("key file " + path + " cannot be written", failed);
        }
    }

    private void move(Path beside) throws IOException {
        try {
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException unsupported) {
            Files.move(beside, path, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
