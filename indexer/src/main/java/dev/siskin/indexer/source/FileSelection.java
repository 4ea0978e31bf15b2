package dev.siskin.indexer.source;

import java.util.List;
import java.util.Optional;

/**
 * Which files of a source are taken, by patterns in the syntax of gitignore, relative to the source's folder: {@code
 * *.md} at any depth, {@code /drafts/} at its top, {@code !} for exceptions.
 */
public final class FileSelection {
    /** Takes every file. */
    public static final FileSelection ALL = of(List.of(), List.of());

    private final Optional<IgnoreRules> included;
    private final IgnoreRules excluded;

    private FileSelection(Optional<IgnoreRules> included, IgnoreRules excluded) {
        this.included = included;
        this.excluded = excluded;
    }

    /**
     * @param include what is taken; empty = everything
     * @param exclude what is left out nevertheless
     * @throws IllegalArgumentException naming a pattern that is none
     */
    public static FileSelection of(List<String> include, List<String> exclude) {
        return new FileSelection(
                include.isEmpty() ? Optional.empty() : Optional.of(new IgnoreRules(include)), new IgnoreRules(exclude));
    }

    /** Whether a folder is looked into: as with git, nothing in a folder that is left out is taken. */
    boolean enters(String folder) {
        return !excluded.verdict(folder, true).orElse(false);
    }

    /**
     * Whether a file is taken, its folders being entered.
     *
     * @param file path from the source's folder, parts separated by {@code /}
     */
    boolean takes(String file) {
        return included.map(rules -> isIncluded(rules, file)).orElse(true) && !leavesOut(file);
    }

    /** Whether a file is not taken, whatever is included. */
    boolean leavesOut(String file) {
        return excluded.verdict(file, false).orElse(false);
    }

    /** By the nearest pattern: of the file itself, else of a folder it lies in. */
    private static boolean isIncluded(IgnoreRules rules, String file) {
        Optional<Boolean> verdict = rules.verdict(file, false);
        for (int end = file.lastIndexOf('/'); end > 0 && verdict.isEmpty(); end = file.lastIndexOf('/', end - 1)) {
            verdict = rules.verdict(file.substring(0, end), true);
        }
        return verdict.orElse(false);
    }
}
