package dev.siskin.generators;

import dev.siskin.settings.NamedFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a process finds the models that write answers, each in a folder of its own name: those that come with the
 * project, and those that the user added. Where both have a name, the user's is meant, so that a release which brings
 * a model of that name changes nobody's answers.
 *
 * @param shipped folder of the models that come with the project
 * @param added folder of the models that were added; not there where none was
 */
public record GeneratorLibrary(Path shipped, Path added) {
    /** Folder of the data folder where inference-service keeps weights as its kernels read them. */
    public static final String PACKED = "packed-models";

    private static final String ADDED = "models";

    /** A model of the library; nothing is known of what its folder holds. */
    public record Entry(String name, Origin origin, Path path) {}

    /** Who brought a model. */
    public enum Origin {
        SHIPPED,
        ADDED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The library of an installation and a data folder. */
    public static GeneratorLibrary of(Path home, Path data) {
        return new GeneratorLibrary(home.resolve("inference-service").resolve("models"), data.resolve(ADDED));
    }

    /**
     * The models, by name.
     *
     * @throws UncheckedIOException where a folder is there and cannot be read
     */
    public List<Entry> entries() {
        var entries = new TreeMap<String, Entry>();
        for (Origin origin : Origin.values()) {
            Path folder = folder(origin);
            names(folder).forEach(name -> entries.put(name, new Entry(name, origin, folder.resolve(name))));
        }
        return List.copyOf(entries.values());
    }

    private Path folder(Origin origin) {
        return origin == Origin.ADDED ? added : shipped;
    }

    private static List<String> names(Path folder) {
        try {
            return Files.isDirectory(folder) ? new NamedFolders(folder).names() : List.of();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the models cannot be listed", unreadable);
        }
    }

    /**
     * The folder of a model; empty where there is none.
     *
     * @param nameOrPath a name, or the path of a folder: an absolute one, or one that begins with {@code .} and is taken
     *     from the working directory
     */
    public Optional<Path> find(String nameOrPath) {
        if (isPath(nameOrPath)) {
            return Optional.of(Path.of(nameOrPath).toAbsolutePath().normalize()).filter(Files::isDirectory);
        }
        return new NamedFolders(added).find(nameOrPath).or(() -> new NamedFolders(shipped).find(nameOrPath));
    }

    /** Whether this is the path of a folder, not the name of a model. */
    public static boolean isPath(String nameOrPath) {
        return nameOrPath.startsWith(".") || Path.of(nameOrPath).isAbsolute();
    }

    /** Says in one line that there is no such model, and which there are. */
    public String lacks(String nameOrPath) {
        if (isPath(nameOrPath)) {
            return "there is no model folder "
                    + Path.of(nameOrPath).toAbsolutePath().normalize();
        }
        return "there is no model '%s' here; there are %s, ./siskin model add or model pull brings others"
                .formatted(nameOrPath, entries().stream().map(Entry::name).toList());
    }
}
