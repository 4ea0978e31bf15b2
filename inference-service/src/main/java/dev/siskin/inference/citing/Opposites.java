package dev.siskin.inference.citing;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Words that turn a sentence round; compared by their stems. */
final class Opposites {
    private static final Map<String, String> OF = pairs(
            "increase decrease",
            "rise fall",
            "higher lower",
            "highest lowest",
            "largest smallest",
            "enable disable",
            "include exclude",
            "accept reject",
            "allow forbid",
            "upregulate downregulate",
            "activate inhibit",
            "activate inactivate",
            "promote inhibit",
            "north south",
            "east west",
            "eastern western",
            "northern southern",
            "success failure",
            "start stop",
            "old new",
            "long short",
            "fast slow",
            "true false",
            "minimum maximum",
            "encrypt decrypt",
            "compress decompress");

    private Opposites() {}

    /** Whether the claim has a word that the other lacks, and the other its opposite, which the claim lacks. */
    static boolean clash(Set<String> claim, Set<String> said) {
        return claim.stream().anyMatch(word -> {
            String opposite = OF.get(word);
            return opposite != null && !said.contains(word) && said.contains(opposite) && !claim.contains(opposite);
        });
    }

    private static Map<String, String> pairs(String... pairs) {
        Map<String, String> opposites = new HashMap<>();
        for (String pair : pairs) {
            String[] two = pair.split(" ", -1);
            String one = EnglishStemmer.stem(two[0]);
            String other = EnglishStemmer.stem(two[1]);
            opposites.putIfAbsent(one, other);
            opposites.putIfAbsent(other, one);
        }
        return Map.copyOf(opposites);
    }
}
