package dev.siskin.indexer.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import nl.basjes.gitignore.GitIgnore;

/**
 * The ignore files, {@value #NAME}, of a folder and of those around it up to the source's. The nearest one that says
 * something of a file decides.
 */
final class IgnoreFiles {
    static final String NAME = ".siskinignore";

    private static final long MAX_BYTES = 1 << 20;

    private final Optional<IgnoreFiles> around;
    private final Path folder;
    private final Optional<GitIgnore> patterns;

    private IgnoreFiles(Optional<IgnoreFiles> around, Path folder, Optional<GitIgnore> patterns) {
        this.around = around;
        this.folder = folder;
        this.patterns = patterns;
    }

    /** @throws IOException where the folder's ignore file is there and cannot be read: what it leaves out is not known */
    static IgnoreFiles of(Optional<IgnoreFiles> around, Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            return new IgnoreFiles(around, folder, Optional.empty());
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("%s has more than %,d bytes".formatted(NAME, MAX_BYTES));
        }
        return new IgnoreFiles(around, folder, Optional.of(new GitIgnore(Files.readString(file))));
    }

    boolean leaveOut(Path file) {
        return verdict(file).orElse(false);
    }

    private Optional<Boolean> verdict(Path file) {
        String path = "/" + folder.relativize(file).toString().replace(java.io.File.separatorChar, '/');
        return patterns.flatMap(rules -> Optional.ofNullable(rules.isIgnoredFile(path)))
                .or(() -> around.flatMap(outer -> outer.verdict(file)));
    }
}
