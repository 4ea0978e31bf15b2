package dev.siskin.indexer.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

/**
 * The ignore files, {@value #NAME}, of a folder and of those around it up to the source's. The nearest one that says
 * something of a file decides; nothing in a folder that is left out is looked at.
 */
final class IgnoreFiles {
    static final String NAME = ".siskinignore";

    private static final int MAX_BYTES = 1 << 20;

    private final Optional<IgnoreFiles> around;
    private final Path folder;
    private final IgnoreRules rules;

    private IgnoreFiles(Optional<IgnoreFiles> around, Path folder, IgnoreRules rules) {
        this.around = around;
        this.folder = folder;
        this.rules = rules;
    }

    /** @throws IOException where the folder's ignore file cannot be read: what it leaves out is not known */
    static IgnoreFiles of(Optional<IgnoreFiles> around, Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        try {
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException none) {
            // A file is not asked of by each of a thousand folders around it.
            return around.orElseGet(() -> new IgnoreFiles(Optional.empty(), folder, new IgnoreRules(List.of())));
        }
        try {
            return new IgnoreFiles(around, folder, new IgnoreRules(lines(file)));
        } catch (IllegalArgumentException noPattern) {
            throw new IOException(noPattern.getMessage(), noPattern);
        }
    }

    /** A pipe would be waited for, and a device has no end; nor does a size say how much there is to read. */
    private static List<String> lines(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
            throw new IOException(NAME + " is no regular file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IOException("%s has more than %,d bytes".formatted(NAME, MAX_BYTES));
        }
        return UTF_8.newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString()
                .lines()
                .toList();
    }

    boolean leaveOut(Path entry, boolean isFolder) {
        return verdict(entry, isFolder).orElse(false);
    }

    private Optional<Boolean> verdict(Path entry, boolean isFolder) {
        for (Optional<IgnoreFiles> here = Optional.of(this); here.isPresent(); here = here.get().around) {
            String path = here.get().folder.relativize(entry).toString().replace(java.io.File.separatorChar, '/');
            Optional<Boolean> verdict = here.get().rules.verdict(path, isFolder);
            if (verdict.isPresent()) {
                return verdict;
            }
        }
        return Optional.empty();
    }
}
