package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Progress;
import dev.siskin.cli.print.Terminal;
import dev.siskin.generators.GeneratorFolder;
import dev.siskin.generators.GeneratorFolderException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Copies a model's folder into a store. */
public final class ModelCopy {
    private static final long STEP_BYTES = 4L << 20;

    private final Terminal terminal;
    private final boolean quiet;
    private final FreeSpace space;

    /** @param quiet shows no progress */
    public ModelCopy(Terminal terminal, boolean quiet, FreeSpace space) {
        this.terminal = terminal;
        this.quiet = quiet;
        this.space = space;
    }

    /** What a folder is called unless the user says otherwise. */
    public static String nameFor(Path folder) {
        return ModelFiles.nameFor(
                folder.toAbsolutePath().normalize().getFileName() == null
                        ? ""
                        : folder.toAbsolutePath().normalize().getFileName().toString());
    }

    /**
     * Copies what the model needs, looks at the copy, and puts it in its place. Whatever goes wrong, or when the process
     * is to end, nothing is left of it.
     *
     * @throws CommandFailure where the folder is not whole, or there is no room for it
     */
    public GeneratorFolder into(ModelStore store, Path folder) {
        GeneratorFolder source = read(folder);
        Path copy = store.adding();
        try (EndOfProcess end = EndOfProcess.watch()) {
            try {
                copy(source, copy, end);
                GeneratorFolder whole = read(copy);
                end.check();
                ModelFiles.moveWeightsOut(whole, space);
                end.check();
                store.publish(copy);
            } finally {
                ModelStore.delete(copy);
            }
        } catch (IOException failed) {
            throw new CommandFailure("%s cannot be copied to %s (%s)".formatted(folder, store.path(), failed));
        }
        return read(store.path());
    }

    private static GeneratorFolder read(Path folder) {
        try {
            return GeneratorFolder.read(folder);
        } catch (GeneratorFolderException fault) {
            throw new CommandFailure(String.valueOf(fault.getMessage()));
        }
    }

    private void copy(GeneratorFolder source, Path target, EndOfProcess end) throws IOException {
        List<String> files = ModelFiles.of(source);
        long total = 0;
        for (String file : files) {
            total += Files.size(source.path().resolve(file));
        }
        Files.createDirectories(target);
        space.require(target, total);
        try (Progress progress = Progress.startBytes(terminal, quiet, total)) {
            for (String file : files) {
                progress.doing(file);
                Path to = target.resolve(file);
                Files.createDirectories(to.resolveSibling(""));
                copyFile(source.path().resolve(file), to, progress, end);
            }
        }
    }

    private static void copyFile(Path from, Path to, Progress progress, EndOfProcess end) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long at = 0;
            for (long moved = 1; moved > 0; at += moved) {
                end.check();
                moved = in.transferTo(at, STEP_BYTES, out);
                progress.advance(moved);
            }
        }
    }
}
