package dev.siskin.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys a service accepts. Re-reads its file within a second of a change, so that keys rotate without
 * a restart; a file that has become unreadable leaves the last good keys in force and says so once.
 *
 * <p>Thread-safe. The comparison takes the same time whichever key is offered: every digest is compared
 * in full.
 */
public final class KeyRing {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);
    private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);

    private final Path path;
    private final AtomicLong nextLook;
    private volatile List<ApiKey> keys;
    private volatile @Nullable FileTime lastModified;
    private volatile @Nullable String lastFault;

    private KeyRing(Path path, List<ApiKey> keys, FileTime lastModified) {
        this.path = path;
        this.keys = List.copyOf(keys);
        this.lastModified = lastModified;
        this.nextLook = new AtomicLong(System.nanoTime() + RELOAD_INTERVAL.toNanos());
    }

    /** @throws InvalidKeyFileException where the file cannot be used */
    public static KeyRing load(Path path) {
        FileTime modified = modified(path);
        return new KeyRing(path, new KeyFile(path).read(), modified);
    }

    /** The entry of a key, or nothing where no entry has its digest. */
    public Optional<ApiKey> find(String key) {
        reloadIfChanged();
        byte[] offered = KeyFile.digest(key).getBytes(StandardCharsets.US_ASCII);
        Optional<ApiKey> found = Optional.empty();
        for (ApiKey known : keys) {
            if (MessageDigest.isEqual(known.sha256().getBytes(StandardCharsets.US_ASCII), offered)) {
                found = Optional.of(known);
            }
        }
        return found;
    }

    /** Whether the file cannot be used any more, and the keys read before are in force. */
    public boolean isStale() {
        reloadIfChanged();
        return lastFault != null;
    }

    private void reloadIfChanged() {
        long now = System.nanoTime();
        long due = nextLook.get();
        if (now - due < 0 || !nextLook.compareAndSet(due, now + RELOAD_INTERVAL.toNanos())) {
            return;
        }
        try {
            FileTime modified = modified(path);
            if (!modified.equals(lastModified)) {
                // a fault leaves the time as it was, so that the file is read again
                keys = List.copyOf(new KeyFile(path).read());
                lastModified = modified;
                LOG.info("key file {} re-read: {} keys", path, keys.size());
            }
            lastFault = null;
        } catch (InvalidKeyFileException broken) {
            tellOnce(String.valueOf(broken.getMessage()));
        }
    }

    private void tellOnce(String fault) {
        if (!fault.equals(lastFault)) {
            lastFault = fault;
            LOG.error("{}; the keys read before stay in force", fault);
        }
    }

    private static FileTime modified(Path path) {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException missing) {
            throw new InvalidKeyFileException("key file " + path + " cannot be read: " + missing.getMessage());
        }
    }
}
