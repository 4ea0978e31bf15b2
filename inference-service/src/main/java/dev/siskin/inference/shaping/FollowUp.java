package dev.siskin.inference.shaping;

import dev.siskin.api.Turn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether a question leans on the one before ("and how is it bounded?"): a quoting tier finds nothing
 * for the pronoun, so such a question is asked together with its predecessor. Words only, no model: a short
 * question that points back or begins as a continuation.
 */
final class FollowUp {
    private static final int LONGEST_WORDS = 8;
    private static final Set<String> POINTERS = Set.of(
            "it", "its", "they", "them", "their", "this", "that", "these", "those", "he", "him", "his", "she", "her",
            "one", "ones", "there", "then");
    private static final Set<String> CONTINUATIONS = Set.of("and", "but", "or", "so", "also");

    private FollowUp() {}

    /** The user's question before this one, where this one needs it. */
    static Optional<String> predecessor(String question, List<Turn> history) {
        if (!leansBack(question)) {
            return Optional.empty();
        }
        return history.reversed().stream()
                .filter(turn -> turn.role() == Turn.Role.USER)
                .map(turn -> PlainText.of(turn.content()))
                .filter(text -> !text.isEmpty())
                .findFirst();
    }

    private static boolean leansBack(String question) {
        List<String> words = List.of(question.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"));
        if (words.size() > LONGEST_WORDS) {
            return false;
        }
        return CONTINUATIONS.contains(words.getFirst())
                || words.stream().anyMatch(POINTERS::contains)
                || question.toLowerCase(Locale.ROOT).startsWith("what about");
    }
}
