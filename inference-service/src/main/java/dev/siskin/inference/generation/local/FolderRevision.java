package dev.siskin.inference.generation.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * Tells a model from another one that has had its folder since: 8 hexadecimal digits of a hash of names, sizes and times
 * of its files, for their content takes long to read.
 */
final class FolderRevision {
    private static final int CHARACTERS = 8;

    /** Graphs lie in the folder or its {@code onnx/}; hubs link to their files. */
    private static final int DEPTH = 2;

    private FolderRevision() {}

    /** @throws UnusableModelException where the folder cannot be read */
    static String of(Path folder) {
        var listed = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                listed.append(folder.relativize(file))
                        .append('/')
                        .append(Files.size(file))
                        .append('/')
                        .append(Files.getLastModifiedTime(file))
                        .append('\n');
            }
        } catch (IOException | UncheckedIOException unreadable) {
            throw new UnusableModelException("%s cannot be read: %s".formatted(folder, unreadable), unreadable);
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(listed.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
