package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.settings.NamedFolders;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The folder of added models while one of them is changed. A model appears, is replaced and goes by a rename, so that
 * whoever looks finds it whole or not at all. Beside a model {@code NAME} there may be
 *
 * <dl>
 *   <dt>{@code .NAME.adding}</dt>
 *   <dd>what is being copied; of no use when its command has ended</dd>
 *   <dt>{@code .NAME.pulling}</dt>
 *   <dd>what has been pulled so far; the next pull goes on with it</dd>
 *   <dt>{@code .NAME.replaced}</dt>
 *   <dd>the model before, for the moment between two renames; put back where the second did not come</dd>
 *   <dt>{@code .NAME.removed}</dt>
 *   <dd>a model that is being deleted</dd>
 * </dl>
 */
public final class ModelStore implements AutoCloseable {
    private final Path models;
    private final String name;
    private final FileChannel lock;

    private ModelStore(Path models, String name, FileChannel lock) {
        this.models = models;
        this.name = name;
        this.lock = lock;
    }

    /**
     * Keeps other commands from changing this model until closed, and tidies up after one that was killed.
     *
     * @param models folder of the added models; made where it is not there
     * @throws CommandFailure where the name cannot be one, another command has it, or the folder cannot be written to
     */
    public static ModelStore claim(Path models, String name) {
        if (!NamedFolders.isName(name)) {
            throw new CommandFailure("a model's name is " + NamedFolders.ALLOWED + ": '" + name + "'");
        }
        @Nullable FileChannel channel = null;
        try {
            Files.createDirectories(models);
            channel = FileChannel.open(models.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!tryLock(channel, name)) {
                channel.close();
                throw new CommandFailure("another command is changing model '" + name + "'; wait until it has ended");
            }
            var store = new ModelStore(models, name, channel);
            store.tidy();
            return store;
        } catch (IOException refused) {
            closeQuietly(channel, refused);
            throw unwritable(models, refused);
        }
    }

    /** Each name has a byte of its own in one file of locks, which none of them has to have. */
    private static boolean tryLock(FileChannel channel, String name) throws IOException {
        var place = new CRC32();
        place.update(name.getBytes(StandardCharsets.UTF_8));
        try {
            @Nullable FileLock lock = channel.tryLock(place.getValue(), 1, false);
            return lock != null;
        } catch (OverlappingFileLockException ownProcess) {
            return false;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException failure) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException unclosable) {
            failure.addSuppressed(unclosable);
        }
    }

    private void tidy() throws IOException {
        if (Files.exists(beside("replaced")) && !exists()) {
            Files.move(beside("replaced"), path(), StandardCopyOption.ATOMIC_MOVE);
        }
        for (String left : List.of("replaced", "removed", "adding")) {
            delete(beside(left));
        }
    }

    /** Where the model stands when it is whole. */
    public Path path() {
        return models.resolve(name);
    }

    /** Whether a model of this name was added. */
    public boolean exists() {
        return Files.exists(path());
    }

    /** Where it is copied to. */
    public Path adding() {
        return beside("adding");
    }

    /** Where it is pulled to. */
    public Path pulling() {
        return beside("pulling");
    }

    private Path beside(String state) {
        return models.resolve("." + name + "." + state);
    }

    /**
     * Puts a whole model in its place, or in that of the one before, and sees to it that it outlasts a loss of power.
     *
     * @param whole its folder
     */
    public void publish(Path whole) {
        try {
            for (Path path : all(whole)) {
                force(path);
            }
            boolean replaces = exists();
            if (replaces) {
                Files.move(path(), beside("replaced"), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(whole, path(), StandardCopyOption.ATOMIC_MOVE);
            force(models);
            if (replaces) {
                delete(beside("replaced"));
            }
        } catch (IOException refused) {
            throw unwritable(models, refused);
        }
    }

    /** Deletes the model, and what was pulled of it. */
    public void remove() {
        try {
            if (exists()) {
                Files.move(path(), beside("removed"), StandardCopyOption.ATOMIC_MOVE);
                force(models);
            }
            delete(beside("removed"));
            delete(pulling());
        } catch (IOException refused) {
            throw unwritable(models, refused);
        }
    }

    /** A folder and all that is in it, the innermost first. */
    private static List<Path> all(Path root) throws IOException {
        try (Stream<Path> content = Files.walk(root)) {
            return content.sorted(Comparator.reverseOrder()).toList();
        }
    }

    private static void force(Path fileOrFolder) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrFolder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes a file or folder with all that is in it, where it is there; of a link only the link. */
    static void delete(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        for (Path path : all(root)) {
            Files.delete(path);
        }
    }

    static CommandFailure unwritable(Path folder, IOException refused) {
        return new CommandFailure("cannot write to the folder of models %s (%s); name another data folder with --data"
                .formatted(folder, refused));
    }

    /** Lets other commands change the model. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException unclosable) {
            throw unwritable(models, unclosable);
        }
    }
}
