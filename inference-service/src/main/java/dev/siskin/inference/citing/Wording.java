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
 * What a text says, as far as words tell.
 *
 * @param words    stems of its content words, and its numbers in one notation, in order where it is one sentence
 * @param numbers  its numbers as digits; those from number words are in {@code words} alone below three
 * @param names    stems of words that are capitalised inside a sentence, or mix letters with digits or capitals
 * @param options  command-line options, case kept
 * @param links    web addresses
 * @param commands first words of code spans of several words, as written
 * @param code     all words of code spans, as written
 * @param negated  for each negation the content words behind it, three at most, the nearest first
 * @param affirmed content words that are not the nearest behind a negation
 */
record Wording(
        Set<String> words,
        Set<String> numbers,
        Set<String> names,
        Set<String> options,
        Set<String> links,
        Set<String> commands,
        Set<String> code,
        List<List<String>> negated,
        Set<String> affirmed) {

    // a group that repeats takes a stack frame for each time unless it is possessive: a text is as long as it likes
    private static final Pattern TOKEN = Pattern.compile("(?<link>https?://[^\\s()<>\\[\\]\"'`]+)"
            + "|(?<option>(?<![\\p{L}\\p{N}_-])--?[A-Za-z][A-Za-z0-9-]*)"
            + "|(?<number>\\p{Nd}++(?:[.,:]\\p{Nd}++)*+)"
            + "|(?<word>\\p{L}[\\p{L}\\p{M}\\p{Nd}]*(?:['’]\\p{L}+)?)");

    /** As in "[c]reate": manuals mark the letter that an option stands for. */
    private static final Pattern MARKED_LETTER = Pattern.compile("\\[(\\p{L})](?=\\p{L})|(?<=\\p{L})\\[(\\p{L})]");

    private static final Pattern PREFIX = Pattern.compile("(?<!\\p{L})(re|pre|non|co|anti)-(?=\\p{Ll})");
    private static final Pattern CODE = Pattern.compile("(?<!`)`++([^`]++)`++");
    private static final Pattern CODE_WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}_+.-]*");
    private static final Pattern THOUSANDS = Pattern.compile("\\p{Nd}{1,3}(?:,\\p{Nd}{3})++(?:\\.\\p{Nd}+)?");
    private static final Pattern CLAUSE_END = Pattern.compile("[,;:.!?()]");

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

    /** Reads a sentence. */
    static Wording of(String text) {
        return of(text, true);
    }

    /** @param begins whether the first word begins a sentence, so that a capital tells nothing */
    static Wording of(String text, boolean begins) {
        // most texts have neither mark, and the expressions look at every character
        String letters =
                text.indexOf('[') < 0 ? text : MARKED_LETTER.matcher(text).replaceAll("$1$2");
        String joined =
                letters.indexOf('-') < 0 ? letters : PREFIX.matcher(letters).replaceAll("$1");
        return new Reader(joined, begins).read();
    }

    /** What both say. */
    Wording and(Wording other) {
        List<List<String>> scopes = new ArrayList<>(negated);
        scopes.addAll(other.negated);
        return new Wording(
                union(words, other.words),
                union(numbers, other.numbers),
                union(names, other.names),
                union(options, other.options),
                union(links, other.links),
                union(commands, other.commands),
                union(code, other.code),
                scopes,
                union(affirmed, other.affirmed));
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> union = new HashSet<>(some);
        union.addAll(others);
        return union;
    }

    /** Reads one text from left to right. */
    private static final class Reader {
        private final String text;
        private final Wording read = new Wording(
                new LinkedHashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new ArrayList<>(),
                new HashSet<>());
        private List<String> scope = new ArrayList<>();
        private boolean inScope;
        private boolean begins;

        Reader(String text, boolean begins) {
            this.text = text;
            this.begins = begins;
        }

        Wording read() {
            Matcher code = CODE.matcher(text);
            while (code.find()) {
                code(code.group(1));
            }
            Matcher token = TOKEN.matcher(text);
            int last = 0;
            while (token.find()) {
                String gap = text.substring(last, token.start());
                if (CLAUSE_END.matcher(gap).find()) {
                    inScope = false;
                }
                begins |= gap.indexOf('.') >= 0
                        || gap.indexOf(':') >= 0
                        || gap.indexOf('!') >= 0
                        || gap.indexOf('?') >= 0;
                last = token.end();
                if (token.group("link") != null) {
                    read.links.add(withoutDot(token.group()));
                } else if (token.group("option") != null) {
                    read.options.add(token.group());
                } else if (token.group("number") != null) {
                    number(token.group());
                } else {
                    word(token.group());
                }
                begins = false;
            }
            return read;
        }

        private void code(String span) {
            List<String> words =
                    CODE_WORD.matcher(span).results().map(MatchResult::group).toList();
            read.code.addAll(words);
            if (words.size() > 1 && span.strip().startsWith(words.getFirst())) {
                read.commands.add(words.getFirst());
            }
        }

        private void number(String digits) {
            String bare = THOUSANDS.matcher(digits).matches() ? digits.replace(",", "") : digits;
            boolean decimal = bare.indexOf('.') >= 0 && bare.indexOf('.') == bare.lastIndexOf('.');
            String number = decimal ? bare.replaceFirst("\\.?0+$", "") : bare;
            read.numbers.add(number);
            content(number);
        }

        private void word(String written) {
            String bare = withoutGenitive(written);
            String word = bare.toLowerCase(Locale.ROOT).replace('’', '\'');
            if (NEGATIONS.contains(word) || word.endsWith("n't")) {
                scope = new ArrayList<>();
                read.negated.add(scope);
                inScope = true;
                return;
            }
            if (inScope && scope.isEmpty() && NO_NEGATION.contains(word)) {
                read.negated.removeLast();
                inScope = false;
            }
            String number = NUMBER_WORDS.get(word);
            if (number != null) {
                if (number.length() > 1 || number.compareTo("3") >= 0) {
                    read.numbers.add(number);
                }
                content(number);
            } else if (hasIdeograph(word)) {
                pairs(word);
            } else if (isName(bare)) {
                String stem = EnglishStemmer.stem(word);
                read.names.add(stem);
                content(stem);
            } else if (word.length() > 1 && !isStopWord(word)) {
                content(EnglishStemmer.stem(word));
            } else if (word.equals("but")) {
                inScope = false;
            }
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
            read.words.add(term);
            if (!inScope || !scope.isEmpty()) {
                read.affirmed.add(term);
            }
            if (inScope && scope.size() < NEGATION_SCOPE) {
                scope.add(term);
            }
        }

        // loops, not streams and expressions: every word of every passage comes here

        private static String withoutGenitive(String word) {
            return word.endsWith("'s") || word.endsWith("’s") ? word.substring(0, word.length() - 2) : word;
        }

        private static boolean hasIdeograph(String word) {
            for (int at = 0; at < word.length(); at += Character.charCount(word.codePointAt(at))) {
                if (Character.isIdeographic(word.codePointAt(at))) {
                    return true;
                }
            }
            return false;
        }

        private static boolean hasCapitalOrDigitInside(String word) {
            for (int at = 1; at < word.length(); at++) {
                if (Character.isUpperCase(word.charAt(at)) || Character.isDigit(word.charAt(at))) {
                    return true;
                }
            }
            return false;
        }

        private static String withoutDot(String link) {
            return link.replaceFirst("[.,;:!?]+$", "");
        }
    }
}
