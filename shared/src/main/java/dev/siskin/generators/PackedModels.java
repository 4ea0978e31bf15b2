package dev.siskin.generators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What inference-service keeps of models as its kernels read them: folders {@code NAME-KEY} of one directory, KEY in 16
 * hexadecimal digits, and in each the file {@code source} that says what it was made of, line by line in UTF-8:
 *
 * <dl>
 *   <dt>by what</dt>
 *   <dd>any text: the same again for the same program on the same processor
 *   <dt>{@code SIZE TIME PATH}, for each file of the graph</dt>
 *   <dd>bytes, milliseconds since 1970, and where it lies, absolute
 * </dl>
 *
 * A folder whose source is missing, or is no longer what it says, is of no use to anybody. One that a process has mapped
 * may be deleted: its memory stays until it is unmapped.
 */
public final class PackedModels {
    private static final String SOURCE = "source";
    private static final Pattern FOLDER = Pattern.compile(".+-[0-9a-f]{16}");

    private PackedModels() {}

    /**
     * What a folder is made of; part of what its key is computed from.
     *
     * @param by    program and processor, one line
     * @param files of the graph
     */
    public static List<String> source(String by, List<Path> files) throws IOException {
        List<String> lines = new ArrayList<>(List.of(by));
        for (Path file : files) {
            lines.add(line(file));
        }
        return lines;
    }

    private static String line(Path file) throws IOException {
        return "%d %d %s"
                .formatted(
                        Files.size(file),
                        Files.getLastModifiedTime(file).toMillis(),
                        file.toAbsolutePath().normalize());
    }

    /** Notes in a folder what it was made of. */
    public static void write(Path folder, List<String> source) throws IOException {
        Files.write(folder.resolve(SOURCE), source);
    }

    /** Deletes what was made of files that are gone, or are others by now. */
    public static void removeOrphans(Path directory) throws IOException {
        remove(directory, "");
    }

    /**
     * The same, and what was made by other programs than this one.
     *
     * @param by of {@link #source}
     */
    public static void removeStale(Path directory, String by) throws IOException {
        remove(directory, by);
    }

    private static void remove(Path directory, String by) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> all = Files.list(directory)) {
            for (Path folder : all.toList()) {
                boolean isOne = Files.isDirectory(folder)
                        && FOLDER.matcher(folder.getFileName().toString()).matches();
                if (isOne && !isCurrent(folder.resolve(SOURCE), by)) {
                    delete(folder);
                }
            }
        }
    }

    private static boolean isCurrent(Path source, String by) throws IOException {
        if (!Files.isRegularFile(source)) {
            return false;
        }
        List<String> lines = Files.readAllLines(source);
        if (lines.isEmpty() || (!by.isEmpty() && !lines.getFirst().equals(by))) {
            return false;
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] parts = line.split(" ", 3);
            if (parts.length < 3
                    || !Files.isRegularFile(Path.of(parts[2]))
                    || !line(Path.of(parts[2])).equals(line)) {
                return false;
            }
        }
        return true;
    }

    /** Deletes a folder and the files in it, where it is there. */
    public static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
