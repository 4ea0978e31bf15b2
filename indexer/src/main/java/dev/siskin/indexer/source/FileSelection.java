package dev.siskin.indexer.source;

import java.util.List;
import java.util.Optional;
import nl.basjes.gitignore.GitIgnore;

/**
 * Which files of a source are taken, by patterns in the syntax of gitignore, relative to the source's folder: {@code
 * *.md} at any depth, {@code /drafts/} at its top, {@code !} for exceptions.
 */
public final class FileSelection {
    /** Takes every file. */
    public static final FileSelection ALL = of(List.of(), List.of());

    private final Optional<GitIgnore> included;
    private final Optional<GitIgnore> excluded;

    private FileSelection(Optional<GitIgnore> included, Optional<GitIgnore> excluded) {
        this.included = included;
        this.excluded = excluded;
    }

    /**
     * @param include what is taken; empty = everything
     * @param exclude what is left out nevertheless
     */
    public static FileSelection of(List<String> include, List<String> exclude) {
        return new FileSelection(patterns(include), patterns(exclude));
    }

    private static Optional<GitIgnore> patterns(List<String> patterns) {
        return patterns.isEmpty() ? Optional.empty() : Optional.of(new GitIgnore(String.join("\n", patterns)));
    }

    /** @param path from the source's folder, parts separated by {@code /} */
    boolean takes(String path) {
        boolean isIncluded = included.isEmpty() || matches(included.get(), path);
        return isIncluded && !(excluded.isPresent() && matches(excluded.get(), path));
    }

    private static boolean matches(GitIgnore patterns, String path) {
        return Boolean.TRUE.equals(patterns.isIgnoredFile("/" + path));
    }
}
