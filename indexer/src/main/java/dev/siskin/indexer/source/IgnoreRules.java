package dev.siskin.indexer.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.ignore.FastIgnoreRule;

/** Patterns in the syntax of gitignore; the last one that matches decides. */
final class IgnoreRules {
    private final List<FastIgnoreRule> lastFirst = new ArrayList<>();

    /** @throws IllegalArgumentException naming a pattern that is none */
    IgnoreRules(List<String> lines) {
        for (String line : lines) {
            var rule = new FastIgnoreRule(line);
            boolean saysNothing = line.isBlank() || line.startsWith("#");
            if (rule.isEmpty() && !saysNothing) {
                throw new IllegalArgumentException("not a pattern of gitignore: '" + line + "'");
            }
            if (!rule.isEmpty()) {
                lastFirst.addFirst(rule);
            }
        }
    }

    /**
     * Whether a file or folder is named; empty where no pattern says anything of it.
     *
     * @param path from the folder of the patterns, parts separated by {@code /}
     */
    Optional<Boolean> verdict(String path, boolean isFolder) {
        return lastFirst.stream()
                .filter(rule -> rule.isMatch("/" + path, isFolder, true))
                .map(FastIgnoreRule::getResult)
                .findFirst();
    }
}
