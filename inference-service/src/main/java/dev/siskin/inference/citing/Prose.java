package dev.siskin.inference.citing;

import dev.siskin.inference.shaping.PlainText;
import java.util.regex.Pattern;

/**
 * A quote as it reads in an answer: list marks, heading marks and fences taken off, white space collapsed,
 * control characters and the source's own reference marks ({@code [4]}, which would pass for citations)
 * removed. The text is data: nothing in it is interpreted.
 */
final class Prose {
    private static final Pattern BLOCK_MARK = Pattern.compile("^\\s*(?:(?:[-*+•·‣>]|#{1,6}|\\d{1,3}[.)])\\s+)+");
    private static final Pattern FENCE = Pattern.compile("\\s*```[a-zA-Z0-9_+-]*\\s*");
    private static final Pattern REFERENCE = Pattern.compile("\\s?\\[(?:\\d{1,3}|note \\d{1,2})]");

    private Prose() {}

    static String of(String quote) {
        String unmarked = BLOCK_MARK.matcher(quote).replaceFirst("");
        return PlainText.of(withoutReferences(fencesAsTicks(unmarked)));
    }

    private static String fencesAsTicks(String text) {
        if (!text.contains("```")) {
            return text;
        }
        String[] parts = FENCE.split(text, -1);
        var joined = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            boolean opens = i % 2 == 1;
            joined.append(opens ? (joined.isEmpty() ? "`" : " `") : "` ").append(parts[i]);
        }
        return joined.append(parts.length % 2 == 0 ? "`" : "").toString();
    }

    /** Code keeps its brackets. */
    private static String withoutReferences(String text) {
        String[] parts = text.split("`", -1);
        for (int i = 0; i < parts.length; i += 2) {
            parts[i] = REFERENCE.matcher(parts[i]).replaceAll("");
        }
        return String.join("`", parts);
    }
}
