package dev.siskin.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folders in one folder, known by their names. A name cannot lead elsewhere; what is hidden, or called otherwise
 * than a name may be, is not seen.
 *
 * @param parent the folder they lie in; may not be there
 */
public record NamedFolders(Path parent) {
    /** What a name may be, as an error says it. */
    public static final String ALLOWED = "1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** Whether a folder could have this name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /**
     * The names, sorted.
     *
     * @throws IOException where the folder is not there or cannot be read
     */
    public List<String> names() throws IOException {
        try (Stream<Path> content = Files.list(parent)) {
            return content.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .filter(NamedFolders::isName)
                    .sorted()
                    .toList();
        }
    }

    /** The folder of this name; empty where there is none. */
    public Optional<Path> find(String name) {
        return Optional.of(name)
                .filter(NamedFolders::isName)
                .map(parent::resolve)
                .filter(Files::isDirectory);
    }
}
