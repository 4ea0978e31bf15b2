package dev.siskin.cli.evaluate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A query with the documents that were judged for it.
 *
 * @param grades by document id; above 0 = relevant
 */
public record JudgedQuery(String id, String text, Map<String, Integer> grades) {
    /** Whether a ranking can do well or badly on it. */
    boolean hasRelevant() {
        return grades.values().stream().anyMatch(grade -> grade > 0);
    }

    /** The same query, its documents under ids that begin like this. */
    JudgedQuery withPrefix(String prefix) {
        var prefixed = new LinkedHashMap<String, Integer>();
        grades.forEach((document, grade) -> prefixed.put(prefix + document, grade));
        return new JudgedQuery(id, text, prefixed);
    }
}
