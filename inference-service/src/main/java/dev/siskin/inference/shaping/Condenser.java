package dev.siskin.inference.shaping;

import dev.siskin.api.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Makes a follow-up ("and the second one?") a question that stands alone, of what the history says, without a model: a
 * search finds nothing for a pronoun.
 *
 * <p>A question leans back where it is short and points back or begins as a continuation. It is then asked behind the
 * newest question before it that does not lean back itself; where it names a place in a list ("the second one", "the
 * last", "number 3", "the latter"), behind that item of the newest answer that has a list, too. Every other turn is
 * irrelevant to it, and all are to a question that stands alone.
 */
final class Condenser {
    private static final int LONGEST_WORDS = 10;
    private static final Set<String> POINTERS = Set.of(
            "it", "its", "they", "them", "their", "theirs", "this", "that", "these", "those", "he", "him", "his", "she",
            "her", "hers", "one", "ones", "there", "then", "former", "latter", "same", "other", "others", "another",
            "both", "either", "neither");
    private static final Set<String> CONTINUATIONS = Set.of("and", "but", "or", "so", "also", "then", "else");
    private static final List<String> BEGINNINGS = List.of(
            "what about", "how about", "what else", "why not", "for example", "such as", "more about", "tell me more");
    private static final Set<String> WHOLE =
            Set.of("why", "how", "when", "where", "who", "more", "really", "go on", "how so");

    /** What a question that leans back is asked as. */
    record Condensed(String question, int turnsUsed) {}

    private Condenser() {}

    /**
     * The question as one that stands alone.
     *
     * @param fits whether a text is short enough to be asked
     */
    static Condensed condense(String question, List<Turn> history, Predicate<String> fits) {
        if (history.isEmpty() || !leansBack(question)) {
            return new Condensed(question, 0);
        }
        Optional<String> topic = topic(history);
        Optional<String> item = item(question, history);
        String whole = joined(topic, item, question);
        if (fits.test(whole)) {
            return new Condensed(whole, count(topic, item));
        }
        String withItem = joined(Optional.empty(), item, question);
        if (item.isPresent() && fits.test(withItem)) {
            return new Condensed(withItem, 1);
        }
        String withTopic = joined(topic.map(text -> lastSentence(text)), Optional.empty(), question);
        return fits.test(withTopic)
                ? new Condensed(withTopic, count(topic, Optional.empty()))
                : new Condensed(question, 0);
    }

    private static int count(Optional<String> topic, Optional<String> item) {
        return (topic.isPresent() ? 1 : 0) + (item.isPresent() ? 1 : 0);
    }

    private static String joined(Optional<String> topic, Optional<String> item, String question) {
        var parts = new ArrayList<String>();
        topic.ifPresent(parts::add);
        item.ifPresent(parts::add);
        parts.add(question);
        return String.join(" ", parts);
    }

    /** The newest question of the user that stands alone; where none does, the newest. */
    private static Optional<String> topic(List<Turn> history) {
        List<String> asked = history.reversed().stream()
                .filter(turn -> turn.role() == Turn.Role.USER)
                .map(turn -> PlainText.of(turn.content()))
                .filter(text -> !text.isEmpty())
                .toList();
        return asked.stream()
                .filter(text -> !leansBack(text))
                .findFirst()
                .or(() -> asked.stream().findFirst());
    }

    private static Optional<String> item(String question, List<Turn> history) {
        Optional<ListPlace> place = ListPlace.in(question);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        return history.reversed().stream()
                .filter(turn -> turn.role() == Turn.Role.ASSISTANT)
                .map(turn -> ListedItems.of(turn.content()))
                .filter(items -> items.size() > 1)
                .findFirst()
                .flatMap(place.get()::of)
                .map(PlainText::of);
    }

    private static boolean leansBack(String question) {
        String lower = question.toLowerCase(Locale.ROOT);
        List<String> words = words(lower);
        if (words.isEmpty() || words.size() > LONGEST_WORDS) {
            return false;
        }
        return CONTINUATIONS.contains(words.getFirst())
                || WHOLE.contains(String.join(" ", words))
                || BEGINNINGS.stream().anyMatch(lower::startsWith)
                || words.stream().anyMatch(POINTERS::contains)
                || (words.size() <= 5 && ListPlace.in(question).isPresent());
    }

    private static List<String> words(String lower) {
        return Stream.of(lower.split("[^\\p{L}\\p{N}]+", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static String lastSentence(String text) {
        int end = Math.max(text.lastIndexOf(". ", text.length() - 2), text.lastIndexOf("? ", text.length() - 2));
        return end < 0 ? text : text.substring(end + 2);
    }
}
