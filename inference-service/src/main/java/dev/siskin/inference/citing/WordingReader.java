package dev.siskin.inference.citing;

import dev.siskin.question.QuestionWords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a {@link Wording} from left to right. Tokens, the first that fits at a place: a web address, a command-line
 * option, a number, a word. Every word of every passage of an answer comes here: loops, where expressions and streams
 * would be shorter.
 */
final class WordingReader {
    /** As in "[c]reate": manuals mark the letter that an option stands for. */
    private static final Pattern MARKED_LETTER = Pattern.compile("\\[(\\p{L})](?=\\p{L})|(?<=\\p{L})\\[(\\p{L})]");

    private static final Pattern PREFIX = Pattern.compile("(?<!\\p{L})(re|pre|non|co|anti)-(?=\\p{Ll})");

    // a group that repeats takes a stack frame for each time unless it is possessive: a text is as long as it likes
    private static final Pattern CODE = Pattern.compile("(?<!`)`++([^`]++)`++");
    private static final Pattern CODE_WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}_+.-]*");
    private static final Pattern THOUSANDS = Pattern.compile("\\p{Nd}{1,3}(?:,\\p{Nd}{3})++(?:\\.\\p{Nd}+)?");
    private static final Pattern TRAILING_ZEROS = Pattern.compile("\\.?0+$");
    private static final Pattern TRAILING_MARKS = Pattern.compile("[.,;:!?]+$");

    private static final String CLAUSE_ENDS = ",;:.!?()";
    private static final String SENTENCE_ENDS = ".:!?";

    /** U+3006: none stands before. */
    private static final char FIRST_IDEOGRAPH = '\u3006';

    /** Content words behind a negation that it may bear on. */
    private static final int NEGATION_SCOPE = 3;

    private static final Set<String> NEGATIONS =
            Set.of("not", "no", "never", "neither", "nor", "none", "nobody", "nothing", "cannot", "without", "unable");

    /** Behind "not" they make no negation: "not only", "not until 1823". */
    private static final Set<String> NO_NEGATION = Set.of("only", "just", "merely", "solely", "until", "necessarily");

    private static final Map<String, String> NUMBER_WORDS = Map.ofEntries(
            Map.entry("two", "2"),
            Map.entry("three", "3"),
            Map.entry("four", "4"),
            Map.entry("five", "5"),
            Map.entry("six", "6"),
            Map.entry("seven", "7"),
            Map.entry("eight", "8"),
            Map.entry("nine", "9"),
            Map.entry("ten", "10"),
            Map.entry("eleven", "11"),
            Map.entry("twelve", "12"),
            Map.entry("thirteen", "13"),
            Map.entry("fourteen", "14"),
            Map.entry("fifteen", "15"),
            Map.entry("sixteen", "16"),
            Map.entry("seventeen", "17"),
            Map.entry("eighteen", "18"),
            Map.entry("nineteen", "19"),
            Map.entry("twenty", "20"),
            Map.entry("thirty", "30"),
            Map.entry("forty", "40"),
            Map.entry("fifty", "50"),
            Map.entry("sixty", "60"),
            Map.entry("seventy", "70"),
            Map.entry("eighty", "80"),
            Map.entry("ninety", "90"));

    private static final Set<String> STOP_WORDS = Set.of("""
            about above again all also although among another any around because before below between both but
            cannot during each either every few first further here however just least less like more most
            neither never none nor nothing off once one only other ours out over own same several since still
            thereby therefore through thus too under until up upon very via well whereas whether while whilst
            within without yet us you your we our i my me what when where why how whom whose can could should
            would shall may might must do does did done doing being am him them themselves itself himself
            herself so some much many after against across behind down even ever there now always already often
            usually unable th nd rd st etc e g
            """.strip().split("\\s+", -1));

    private final String text;
    private final Tokens tokens;
    private final Set<String> words = new LinkedHashSet<>();
    private final Set<String> numbers = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Set<String> options = new HashSet<>();
    private final Set<String> links = new HashSet<>();
    private final Set<String> commands = new HashSet<>();
    private final Set<String> code = new HashSet<>();
    private final List<List<String>> negated = new ArrayList<>();

    /** Kept from the first negation on: before it all words are. */
    private Set<String> affirmed = words;

    private List<String> scope = new ArrayList<>();
    private boolean inScope;
    private boolean begins;

    /** @param begins whether the first word begins a sentence */
    WordingReader(String text, boolean begins) {
        // most texts have neither mark, and the expressions look at every character
        String letters =
                text.indexOf('[') < 0 ? text : MARKED_LETTER.matcher(text).replaceAll("$1$2");
        this.text = letters.indexOf('-') < 0 ? letters : PREFIX.matcher(letters).replaceAll("$1");
        this.tokens = new Tokens(this.text);
        this.begins = begins;
    }

    Wording read() {
        if (text.indexOf('`') >= 0) {
            Matcher spans = CODE.matcher(text);
            while (spans.find()) {
                code(spans.group(1));
            }
        }
        for (int at = 0; at < text.length(); ) {
            int end = token(at);
            if (end > at) {
                begins = false;
                at = end;
            } else {
                gap(text.charAt(at));
                at++;
            }
        }
        return new Wording(words, numbers, names, options, links, commands, code, negated, affirmed);
    }

    private void gap(char c) {
        if (c != ' ' && CLAUSE_ENDS.indexOf(c) >= 0) {
            inScope = false;
            begins |= SENTENCE_ENDS.indexOf(c) >= 0;
        }
    }

    /** Reads the token that begins here: its end, exclusive, or {@code at} where none does. */
    private int token(int at) {
        char c = text.charAt(at);
        int end = c == 'h' ? tokens.linkEnd(at) : c == '-' ? tokens.optionEnd(at) : at;
        if (end > at && c == 'h') {
            links.add(TRAILING_MARKS.matcher(text.substring(at, end)).replaceFirst(""));
        } else if (end > at) {
            options.add(text.substring(at, end));
        } else if (tokens.isDigit(at)) {
            end = tokens.numberEnd(at);
            number(text.substring(at, end));
        } else if (tokens.isLetter(at)) {
            end = tokens.wordEnd(at);
            word(text.substring(at, end));
        }
        return end;
    }

    private void code(String span) {
        List<String> all =
                CODE_WORD.matcher(span).results().map(MatchResult::group).toList();
        code.addAll(all);
        if (all.size() > 1 && span.strip().startsWith(all.getFirst())) {
            commands.add(all.getFirst());
        }
    }

    private void number(String digits) {
        boolean thousands =
                digits.indexOf(',') >= 0 && THOUSANDS.matcher(digits).matches();
        String bare = thousands ? digits.replace(",", "") : digits;
        boolean decimal = bare.indexOf('.') >= 0 && bare.indexOf('.') == bare.lastIndexOf('.');
        String number = decimal ? TRAILING_ZEROS.matcher(bare).replaceFirst("") : bare;
        numbers.add(number);
        content(number);
    }

    private void word(String written) {
        String bare = withoutGenitive(written);
        String word = bare.toLowerCase(Locale.ROOT).replace('’', '\'');
        if (isNegation(word)) {
            negation();
            return;
        }
        if (inScope && scope.isEmpty() && NO_NEGATION.contains(word)) {
            negated.removeLast();
            inScope = false;
        }
        String number = NUMBER_WORDS.get(word);
        if (number != null) {
            if (number.length() > 1 || number.compareTo("3") >= 0) {
                numbers.add(number);
            }
            content(number);
        } else if (hasIdeograph(word)) {
            pairs(word);
        } else if (isName(bare)) {
            String stem = EnglishStemmer.stem(word);
            names.add(stem);
            content(stem);
        } else if (word.length() > 1 && !isStopWord(word)) {
            content(EnglishStemmer.stem(word));
        } else if (word.equals("but")) {
            inScope = false;
        }
    }

    private static boolean isNegation(String word) {
        // they all begin with one of four letters
        return switch (word.charAt(0)) {
            case 'n', 'c', 'w', 'u' -> NEGATIONS.contains(word) || word.endsWith("n't");
            default -> word.charAt(word.length() - 1) == 't' && word.endsWith("n't");
        };
    }

    private void negation() {
        if (negated.isEmpty()) {
            affirmed = new HashSet<>(words);
        }
        scope = new ArrayList<>();
        negated.add(scope);
        inScope = true;
    }

    private static boolean isStopWord(String word) {
        return QuestionWords.isLittle(word) || STOP_WORDS.contains(word);
    }

    /** A script without spaces is read by pairs of characters. */
    private void pairs(String run) {
        int[] characters = run.codePoints().toArray();
        for (int i = 0; i < Math.max(1, characters.length - 1); i++) {
            content(new String(characters, i, Math.min(2, characters.length)));
        }
    }

    private boolean isName(String word) {
        boolean mixed = hasCapitalOrDigitInside(word);
        boolean capital = !begins && word.length() > 1 && Character.isUpperCase(word.charAt(0));
        return mixed || (capital && !isStopWord(word.toLowerCase(Locale.ROOT)));
    }

    private void content(String term) {
        words.add(term);
        if (!inScope || !scope.isEmpty()) {
            affirmed.add(term);
        }
        if (inScope && scope.size() < NEGATION_SCOPE) {
            scope.add(term);
        }
    }

    private static String withoutGenitive(String word) {
        boolean maybe = word.charAt(word.length() - 1) == 's';
        return maybe && (word.endsWith("'s") || word.endsWith("’s")) ? word.substring(0, word.length() - 2) : word;
    }

    private static boolean hasIdeograph(String word) {
        for (int at = 0; at < word.length(); at++) {
            if (word.charAt(at) >= FIRST_IDEOGRAPH && Character.isIdeographic(word.codePointAt(at))) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasCapitalOrDigitInside(String word) {
        for (int at = 1; at < word.length(); at++) {
            char c = word.charAt(at);
            if ((c < 'a' || c > 'z') && (Character.isUpperCase(c) || Character.isDigit(c))) {
                return true;
            }
        }
        return false;
    }
}
