package dev.siskin.inference.generation;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What sort of thing a question asks for, told from its words alone. */
public enum QuestionKind {
    /** Who, whom, whose: a person or a body, so a name the question does not have. */
    PERSON,
    /** When, what year: a date or a time. */
    TIME,
    /** Where, in what city: a place, so a name, often behind a preposition. */
    PLACE,
    /** How many, how much, how long, what percentage: a number. */
    NUMBER,
    /** Why, for what reason. */
    REASON,
    /** How: a way of doing it. */
    MANNER,
    /** Everything else: what is, keywords, claims. */
    OTHER;

    private static final Set<String> TIMES =
            Set.of("year", "years", "date", "day", "month", "century", "decade", "era", "time", "season");
    private static final Set<String> NUMBERS = Set.of(
            "many",
            "much",
            "percentage",
            "percent",
            "number",
            "amount",
            "population",
            "long",
            "far",
            "old",
            "often",
            "large",
            "big",
            "tall",
            "high",
            "deep",
            "fast",
            "wide",
            "price",
            "cost",
            "rate",
            "size",
            "age",
            "length",
            "width",
            "height",
            "weight",
            "distance",
            "temperature",
            "proportion",
            "fraction",
            "limit",
            "maximum",
            "minimum");
    private static final Set<String> PLACES = Set.of(
            "city",
            "country",
            "state",
            "place",
            "town",
            "region",
            "county",
            "location",
            "continent",
            "area",
            "province",
            "nation",
            "river",
            "ocean",
            "sea",
            "district",
            "street",
            "countries",
            "cities",
            "states",
            "places");
    private static final Set<String> PERSONS = Set.of(
            "person",
            "man",
            "woman",
            "king",
            "queen",
            "president",
            "leader",
            "author",
            "scientist",
            "player",
            "actor",
            "singer",
            "director",
            "pope",
            "emperor",
            "minister",
            "artist",
            "engineer",
            "mathematician",
            "philosopher",
            "governor",
            "quarterback",
            "coach");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}'’]+");

    /** The kind of the first interrogative that tells one; {@link #OTHER} where there is none. */
    public static QuestionKind of(String question) {
        List<String> words = WORD.matcher(question.toLowerCase(Locale.ROOT))
                .results()
                .map(r -> r.group())
                .toList();
        for (int i = 0; i < words.size(); i++) {
            List<String> next = words.subList(i + 1, Math.min(words.size(), i + 4));
            switch (words.get(i)) {
                case "who", "whom", "whose", "who's" -> {
                    return PERSON;
                }
                case "when" -> {
                    return TIME;
                }
                case "where" -> {
                    return PLACE;
                }
                case "why" -> {
                    return REASON;
                }
                case "how" -> {
                    return !next.isEmpty() && NUMBERS.contains(next.getFirst()) ? NUMBER : MANNER;
                }
                case "what", "which" -> {
                    return ofNoun(next);
                }
                default -> {}
            }
        }
        return OTHER;
    }

    private static QuestionKind ofNoun(List<String> next) {
        for (String word : next) {
            if (TIMES.contains(word)) {
                return TIME;
            }
            if (NUMBERS.contains(word)) {
                return NUMBER;
            }
            if (PLACES.contains(word)) {
                return PLACE;
            }
            if (PERSONS.contains(word)) {
                return PERSON;
            }
            if (word.equals("reason") || word.equals("cause") || word.equals("caused")) {
                return REASON;
            }
        }
        return OTHER;
    }
}
