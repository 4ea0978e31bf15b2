package dev.siskin.inference.generation;

import dev.siskin.question.QuestionWords;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a sentence has that a question of a kind asks for, told from its surface: digits, years, capitalised names,
 * and only such as the question does not have itself.
 *
 * @param fresh     words that are neither the question's nor of the little words every text has
 * @param names     capitalised words, not the sentence's first unless a second one follows
 * @param places    names behind a preposition of place
 * @param times     years, months, centuries
 * @param numbers   figures and number words
 * @param reason    whether it gives a reason ("because", "due to")
 * @param manner    whether it names a way ("by …ing", "using") or shows a command
 * @param statement whether it says something: no question, no heading, not only the question again
 */
public record AnswerSigns(
        int fresh, int names, int places, int times, int numbers, boolean reason, boolean manner, boolean statement) {

    // possessive: a group that repeats takes a stack frame for each time otherwise
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]++(?:[.,'’-][\\p{L}\\p{N}]++)*+");
    private static final Pattern PARTS = Pattern.compile("[-.,'’]");
    private static final Pattern TIME = Pattern.compile(
            "1[0-9]{3}s?|20[0-9]{2}s?|[0-9]{1,2}(?:st|nd|rd|th)" + "|centur(?:y|ies)|decades?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern REASON = Pattern.compile("(?i)\\b(because|due to|since|in order to|so that|as a result"
            + "|owing to|reasons?|therefore|caused?|led to|thus|thereby|to avoid|to prevent|to allow|fear)\\b");
    private static final Pattern MANNER = Pattern.compile("(?i)\\b(by \\w+ing|using|through|via|by means of)\\b|`");
    private static final Pattern HEADING = Pattern.compile("\\p{L}[\\p{L}'’/-]*(?:\\s+\\p{L}[\\p{L}'’/-]*){0,2}:?");
    private static final Set<String> MONTHS = Set.of(
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december");
    private static final Set<String> NUMBERS = Set.of(
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "twenty",
            "thirty",
            "forty",
            "fifty",
            "sixty",
            "hundred",
            "thousand",
            "million",
            "billion",
            "half",
            "dozen",
            "twice",
            "third",
            "quarter",
            "percent",
            "no",
            "none",
            "single",
            "first",
            "second");
    private static final Set<String> OF_PLACE =
            Set.of("in", "at", "near", "from", "to", "of", "on", "through", "across", "around");

    /** The signs of one sentence, with {@code known} the question's words from {@link #words}. */
    public static AnswerSigns of(String sentence, Set<String> known, QuestionKind kind) {
        Counter counter = new Counter(known);
        Matcher words = WORD.matcher(sentence);
        while (words.find()) {
            counter.take(words.group());
        }
        return new AnswerSigns(
                counter.fresh,
                counter.names,
                counter.places,
                counter.times,
                counter.numbers,
                REASON.matcher(sentence).find(),
                MANNER.matcher(sentence).find(),
                states(sentence, counter.fresh, kind));
    }

    /** How well the sentence can answer a question of the kind: 1 it has what is asked for, 0 it has not. */
    public double answers(QuestionKind kind) {
        return switch (kind) {
            case PERSON -> names > 0 ? 1 : 0;
            case PLACE -> places > 0 ? 1 : names > 0 ? 0.5 : 0;
            case TIME -> times > 0 ? 1 : 0;
            case NUMBER -> numbers > 0 ? 1 : 0;
            case REASON -> reason ? 1 : 0;
            case MANNER -> manner ? 1 : 0;
            case OTHER -> 0;
        };
    }

    /** The words of a text, lower case, cut to a rough stem, compounds also by their parts. */
    public static Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(stem(matcher.group()));
            PARTS.splitAsStream(matcher.group()).map(AnswerSigns::stem).forEach(words::add);
        }
        return words;
    }

    /** A question, a heading and a bare repetition answer nothing; a claim or a keyword may be met by its own words. */
    private static boolean states(String sentence, int fresh, QuestionKind kind) {
        String bare = sentence.strip();
        if (bare.endsWith("?")
                || bare.startsWith("#")
                || bare.startsWith("```")
                || bare.startsWith("{")
                || looksLikeHeading(bare)) {
            return false;
        }
        boolean whole = bare.endsWith(".") || bare.endsWith("!") || bare.endsWith("\"") || bare.endsWith("`");
        return fresh > 0 || (whole && kind == QuestionKind.OTHER);
    }

    /** Up to three words without a figure, a list mark or an end. */
    private static boolean looksLikeHeading(String sentence) {
        return HEADING.matcher(sentence).matches();
    }

    private static String stem(String word) {
        String w = word.toLowerCase(Locale.ROOT);
        if (w.endsWith("'s") || w.endsWith("’s")) {
            w = w.substring(0, w.length() - 2);
        }
        if (w.length() <= 4) {
            return w;
        }
        if (w.endsWith("ies")) {
            return w.substring(0, w.length() - 3) + "y";
        }
        int ending = w.endsWith("ing")
                ? 3
                : w.endsWith("ed") || w.endsWith("es")
                        ? 2
                        : (w.endsWith("s") && !w.endsWith("ss")) || w.endsWith("e") ? 1 : 0;
        return w.substring(0, w.length() - ending);
    }

    /** Goes through a sentence word by word. */
    private static final class Counter {
        private final Set<String> known;
        private int words;
        private int fresh;
        private int names;
        private int places;
        private int times;
        private int numbers;
        private String before = "";
        private boolean nameBefore;

        Counter(Set<String> known) {
            this.known = known;
        }

        void take(String word) {
            words++;
            String lower = word.toLowerCase(Locale.ROOT);
            boolean isNew = !known.contains(stem(word));
            boolean capital = Character.isUpperCase(word.charAt(0));
            boolean month = capital && MONTHS.contains(lower);
            boolean little = QuestionWords.isLittle(lower);
            if (isNew && !little) {
                fresh++;
            }
            if (isNew && (NUMBERS.contains(lower) || word.chars().anyMatch(Character::isDigit))) {
                numbers++;
            }
            if (isNew && (month || TIME.matcher(word).matches())) {
                times++;
            }
            takeName(capital && isNew && !little && !month);
            before = lower;
        }

        private void takeName(boolean name) {
            if (name && (words > 2 || (words == 2 && !nameBefore))) {
                names++;
                places += OF_PLACE.contains(before) ? 1 : 0;
            } else if (name && words == 2) {
                names += 2;
            }
            nameBefore = name;
        }
    }
}
