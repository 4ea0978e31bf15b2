package dev.siskin.inference.shaping;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a list, as a question names one: "the second one", "the last", "number 3", "option 2", "the latter".
 *
 * @param index from 0; from the end where it is negative, -1 being the last
 */
record ListPlace(int index) {
    private static final Map<String, Integer> WORDS = Map.ofEntries(
            Map.entry("first", 0),
            Map.entry("second", 1),
            Map.entry("third", 2),
            Map.entry("fourth", 3),
            Map.entry("fifth", 4),
            Map.entry("sixth", 5),
            Map.entry("seventh", 6),
            Map.entry("eighth", 7),
            Map.entry("ninth", 8),
            Map.entry("tenth", 9),
            Map.entry("1st", 0),
            Map.entry("2nd", 1),
            Map.entry("3rd", 2),
            Map.entry("former", 0),
            Map.entry("latter", -1),
            Map.entry("last", -1));

    /** "the first" and no noun behind it, or one that says nothing: "the first release" is no place in a list. */
    private static final Pattern ORDINAL = Pattern.compile(
            "\\bthe (" + String.join("|", WORDS.keySet())
                    + ")(?: (?:one|item|option|point|step|method|way|of (?:these|those|them)))?(?=[\\p{Punct}]|$| (?:is|do|does|work|works|mean|means|instead|again|please|in|for)\\b)");

    private static final Pattern NUMBER =
            Pattern.compile("\\b(?:number|option|item|point|step|no\\.|#) ?(\\d{1,2})\\b");

    /** The place that a question names; empty where it names none. */
    static Optional<ListPlace> in(String question) {
        String lower = question.toLowerCase(Locale.ROOT);
        Matcher ordinal = ORDINAL.matcher(lower);
        if (ordinal.find()) {
            return Optional.ofNullable(WORDS.get(ordinal.group(1))).map(ListPlace::new);
        }
        Matcher number = NUMBER.matcher(lower);
        return number.find()
                ? Optional.of(Integer.parseInt(number.group(1)) - 1)
                        .filter(at -> at >= 0)
                        .map(ListPlace::new)
                : Optional.empty();
    }

    /** The item there; empty where the list is shorter. */
    Optional<String> of(List<String> items) {
        int at = index < 0 ? items.size() + index : index;
        return at >= 0 && at < items.size() ? Optional.of(items.get(at)) : Optional.empty();
    }
}
