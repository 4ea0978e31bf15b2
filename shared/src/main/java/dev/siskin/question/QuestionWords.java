package dev.siskin.question;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The English words by which a question asks, and which say nothing about what it asks for: interrogatives,
 * auxiliaries, pronouns of the asker, courtesies. Analysis keeps most of them, and in a collection of statements they
 * are rare, so that their idf would outweigh the subject's.
 */
public final class QuestionWords {

    private static final Set<String> WORDS = Set.of(
            "what",
            "which",
            "who",
            "whom",
            "whose",
            "when",
            "where",
            "why",
            "how",
            "what's",
            "who's",
            "where's",
            "how's",
            "did",
            "do",
            "does",
            "doing",
            "done",
            "is",
            "are",
            "was",
            "were",
            "be",
            "been",
            "being",
            "am",
            "has",
            "have",
            "had",
            "can",
            "could",
            "should",
            "would",
            "will",
            "shall",
            "may",
            "might",
            "must",
            "i",
            "me",
            "my",
            "mine",
            "we",
            "us",
            "our",
            "you",
            "your",
            "he",
            "she",
            "his",
            "her",
            "him",
            "them",
            "its",
            "there",
            "please",
            "tell",
            "show",
            "explain",
            "describe",
            "know",
            "many",
            "much",
            "any",
            "some",
            "about",
            "than",
            "from",
            "so",
            "also",
            "get",
            "want",
            "need",
            "happen",
            "happens",
            "happened",
            "mean",
            "means",
            "use",
            "used");

    /** The little words of every text: Lucene's English stop words and the commonest pronouns and auxiliaries. */
    private static final Set<String> LITTLE = Set.of(
            "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had", "has", "have", "he",
            "her", "his", "if", "in", "into", "is", "it", "its", "no", "not", "of", "on", "or", "she", "such", "than",
            "that", "the", "their", "then", "there", "these", "they", "this", "those", "to", "was", "were", "which",
            "who", "will", "with");

    private QuestionWords() {}

    /** Whether a lower-case word is one of the little words every text has. */
    public static boolean isLittle(String lowerCaseWord) {
        return LITTLE.contains(lowerCaseWord);
    }

    /** How many words of the question say what it is about; at least 1. */
    public static int count(String question) {
        long count = Arrays.stream(without(question).strip().split("\\s+"))
                .filter(word -> !isLittle(word.toLowerCase(Locale.ROOT)))
                .count();
        return (int) Math.max(1, count);
    }

    /** The question without those words; the question itself where nothing would be left. */
    public static String without(String question) {
        String left = Arrays.stream(question.strip().split("\\s+"))
                .filter(word -> !isOne(word))
                .collect(Collectors.joining(" "));
        return left.chars().anyMatch(Character::isLetterOrDigit) ? left : question;
    }

    /** Whether the word, in any case and with punctuation around it, is one of them. */
    public static boolean isOne(String word) {
        int start = 0;
        int end = word.length();
        while (start < end && !Character.isLetterOrDigit(word.charAt(start))) {
            start++;
        }
        while (end > start && !Character.isLetterOrDigit(word.charAt(end - 1))) {
            end--;
        }
        String bare = word.substring(start, end);
        boolean acronym = bare.length() > 1 && bare.equals(bare.toUpperCase(Locale.ROOT)) && bare.length() <= 3;
        return !acronym && WORDS.contains(bare.toLowerCase(Locale.ROOT).replace('’', '\''));
    }
}
