package dev.siskin.cli.process;

import dev.siskin.auth.KeyFile;
import dev.siskin.auth.Scope;
import dev.siskin.auth.ServiceTier;
import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The key the inference service calls the retrieval service with, of scope {@code service}. It lies in
 * {@code <data>/service.key}, readable by its owner alone, and its digest in the key file like any other.
 */
final class ServiceKey {
    /** The key's id in the key file. */
    static final String ID = "inference-service";

    private static final String TENANT = "siskin";

    private ServiceKey() {}

    /** The key of this data folder, made when needed; nothing where the folder has no key file and is open. */
    static Optional<String> of(DataFolder data) {
        var keys = new KeyFile(data.keys());
        if (!keys.exists()) {
            return Optional.empty();
        }
        Optional<String> stored = read(data.serviceKey());
        if (stored.isPresent()) {
            String digest = KeyFile.digest(stored.get());
            if (keys.read().stream().anyMatch(key -> key.sha256().equals(digest))) {
                return stored;
            }
        }
        keys.revoke(ID);
        String made = keys.create(ID, TENANT, Set.of(Scope.SERVICE), ServiceTier.STANDARD, null)
                .key();
        write(data.serviceKey(), made);
        return Optional.of(made);
    }

    private static Optional<String> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (IOException unreadable) {
            throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage());
        }
    }

    private static void write(Path file, String key) {
        try {
            Files.deleteIfExists(file);
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(file, key + "\n");
        } catch (IOException refused) {
            throw new CommandFailure(file + " cannot be written: " + refused.getMessage());
        }
    }
}
