package dev.siskin.embedding;

import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a process finds the embedding models, each in a folder of its own name, and the native libraries that run them.
 *
 * @param models folder of the model directories
 * @param nativeLibraries folder of the extracted native libraries
 */
public record ModelLibrary(Path models, Path nativeLibraries) {

    public static final Setting<Path> MODELS = Setting.path(
            "embedding.models.path",
            "",
            "Folder of embedding models, each in a folder of its name; empty = as built, below siskin.home.");

    public static final Setting<Path> NATIVE = Setting.path(
            "embedding.native.path",
            "",
            "Folder of the extracted native libraries; empty = as built, below siskin.home.");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** The folders that the settings name; where they name none, those that the build fills below a home. */
    public static ModelLibrary of(Settings settings, Path home) {
        return new ModelLibrary(
                named(settings, MODELS).orElseGet(() -> home.resolve("shared/target/models")),
                named(settings, NATIVE).orElseGet(() -> home.resolve("shared/target/native")));
    }

    private static Optional<Path> named(Settings settings, Setting<Path> setting) {
        return Optional.of(settings.get(setting))
                .filter(path -> !path.toString().isEmpty());
    }

    /**
     * The names of the models, sorted.
     *
     * @throws ModelDirectoryException if the folder cannot be read
     */
    public List<String> names() {
        try (Stream<Path> content = Files.list(models)) {
            return content.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new ModelDirectoryException(
                    "there is no folder of embedding models: %s; build the project, or name the folder in %s"
                            .formatted(models, MODELS.env()),
                    unreadable);
        }
    }

    /**
     * The model of this name; empty where there is no such folder.
     *
     * @throws ModelDirectoryException as {@link ModelDirectory#open}
     */
    public Optional<ModelDirectory> find(String name) {
        boolean possible = NAME.matcher(name).matches() && Files.isDirectory(models.resolve(name));
        return possible ? Optional.of(ModelDirectory.open(models.resolve(name))) : Optional.empty();
    }

    /**
     * The model of this name.
     *
     * @throws ModelDirectoryException if there is none, or as {@link ModelDirectory#open}
     */
    public ModelDirectory open(String name) {
        return find(name).orElseThrow(() -> new ModelDirectoryException(lacks(name)));
    }

    /** Says in one line that there is no such model, and which there are. */
    public String lacks(String name) {
        return "there is no embedding model '%s' here; there are %s".formatted(name, names());
    }

    /** Has this process load its native libraries from here, unless its command line names another folder. */
    public void nameNativeLibraries() {
        if (System.getProperty(NativeLibraries.PATH_PROPERTY) == null) {
            System.setProperty(NativeLibraries.PATH_PROPERTY, nativeLibraries.toString());
        }
    }
}
