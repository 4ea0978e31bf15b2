package dev.siskin.embedding;

import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.runtime.NativeLibraries;
import dev.siskin.settings.NamedFolders;
import dev.siskin.settings.Setting;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

    /** The folders that the settings name; where they name none, those that the build fills below a home. */
    public static ModelLibrary of(Settings settings, Path home) {
        Path named = settings.get(MODELS);
        return new ModelLibrary(
                named.toString().isEmpty() ? home.resolve("shared/target/models") : named,
                NativeLibraries.folder(settings, home));
    }

    /**
     * The names of the models, sorted.
     *
     * @throws ModelDirectoryException if the folder cannot be read
     */
    public List<String> names() {
        try {
            return new NamedFolders(models).names();
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
        return new NamedFolders(models).find(name).map(ModelDirectory::open);
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
        NativeLibraries.name(nativeLibraries);
    }
}
