package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Amounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells how many bytes may still be written to the disk of a folder. */
@FunctionalInterface
public interface FreeSpace {
    /** Asks the file system. */
    FreeSpace OF_DISK = folder -> Files.getFileStore(folder).getUsableSpace();

    long bytes(Path folder) throws IOException;

    /** @throws CommandFailure where the disk of a folder has less than this */
    default void require(Path folder, long needed) {
        try {
            long free = bytes(folder);
            if (free < needed) {
                throw new CommandFailure("the disk of %s has %s free and %s are needed; make room, or name another data"
                                .formatted(folder, Amounts.bytes(free), Amounts.bytes(needed))
                        + " folder with --data");
            }
        } catch (IOException unknown) {
            throw ModelStore.unwritable(folder, unknown);
        }
    }
}
