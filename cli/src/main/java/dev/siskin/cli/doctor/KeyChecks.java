package dev.siskin.cli.doctor;

import dev.siskin.auth.InvalidKeyFileException;
import dev.siskin.auth.KeyFile;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.process.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

/** Whether the key file can be read, by its owner alone. */
final class KeyChecks {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final DataFolder data;

    KeyChecks(DataFolder data) {
        this.data = data;
    }

    List<Finding> keys() {
        Path path = data.keys();
        var file = new KeyFile(path);
        if (!file.exists()) {
            return List.of(Finding.ok("keys", "no key file: the services are open to this machine alone"));
        }
        try {
            int keys = file.read().size();
            boolean ownerOnly =
                    !path.getFileSystem().supportedFileAttributeViews().contains("posix")
                            || OWNER_ONLY.containsAll(Files.getPosixFilePermissions(path));
            return List.of(
                    ownerOnly
                            ? Finding.ok("keys", Amounts.count(keys, "key") + " in " + path)
                            : Finding.bad("keys", path + " can be read by others", "chmod 600 " + path));
        } catch (InvalidKeyFileException wrong) {
            return List.of(Finding.bad("keys", String.valueOf(wrong.getMessage()), "correct it, or make a new one"));
        } catch (IOException unreadable) {
            return List.of(Finding.bad(
                    "keys", path + " cannot be looked at: " + unreadable.getMessage(), "chmod 600 " + path));
        }
    }
}
