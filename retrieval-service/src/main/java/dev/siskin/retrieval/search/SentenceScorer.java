package dev.siskin.retrieval.search;

import dev.siskin.question.QuestionWords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;

/**
 * Says how much of the question each sentence of a hit carries: the highlights.
 *
 * <p>A term of the question weighs its BM25 idf in the <em>collection</em>, divided by the sum over the question's terms,
 * those that occur nowhere included. So a score is a share of the question's information, 0 to 1, and compares across
 * chunks, questions and collections. A term counts fully where it stands in the sentence, and {@link #NEARLY} where the
 * sentence only has a word with the same beginning (founded, founder), or where the term stands in the sentence before,
 * which a pronoun often points at, or in the title and headings, which a sentence under them need not repeat. The words
 * by which a question asks count nothing, see {@link QuestionWords}.
 *
 * <p>The hits' texts are analysed again rather than read from postings: a chunk is 300 tokens and there are ten. One
 * scorer serves one snapshot; it holds no state of a question.
 */
public final class SentenceScorer {
    /** What a term counts that is met by the beginning of a word, by the sentence before or by title and headings. */
    static final double NEARLY = 0.5;

    /** Shorter beginnings say nothing: "the" and "theory". */
    private static final int SHORTEST_BEGINNING = 4;

    private final IndexReader reader;
    private final Analyzer analyzer;
    private final String field;
    private final SentenceSplitter splitter = new SentenceSplitter();

    /**
     * @param reader whose term statistics count; a point-in-time view
     * @param analyzer the one the field was indexed with
     * @param field the field that holds the chunks' text
     */
    public SentenceScorer(IndexReader reader, Analyzer analyzer, String field) {
        this.reader = reader;
        this.analyzer = analyzer;
        this.field = field;
    }

    /** A sentence, half-open, in UTF-16 units of the hit's text, and the share of the question it carries, 0 to 1. */
    public record Sentence(int start, int end, double score) {}

    /** A question as its terms and their shares of its weight, which add up to 1. */
    public record Question(List<WeighedTerm> terms) {}

    /** A term of the question and its share of the question's weight. */
    public record WeighedTerm(String term, double weight) {}

    private record Token(String term, int start) {}

    /** Weighs the terms of a question, the first {@link KeywordSide#MAX_TERMS} different ones, once for all hits. */
    public Question question(String question) throws IOException {
        Map<String, Double> idf = new LinkedHashMap<>();
        for (Token token : analyse(QuestionWords.without(question))) {
            if (idf.size() < KeywordSide.MAX_TERMS && !idf.containsKey(token.term())) {
                idf.put(token.term(), idf(token.term()));
            }
        }
        double sum = idf.values().stream().mapToDouble(Double::doubleValue).sum();
        return new Question(idf.entrySet().stream()
                .map(term -> new WeighedTerm(term.getKey(), term.getValue() / sum))
                .toList());
    }

    /**
     * The sentences of a text that bear on the question, best first, equal ones in reading order.
     *
     * @param around what the index puts around the text: title and heading path; empty where there is none
     */
    public List<Sentence> score(Question question, String text, String around) throws IOException {
        List<Token> tokens = analyse(text);
        boolean[] nearby = matchesAround(question, around);
        double[] before = new double[nearby.length];
        List<Sentence> scored = new ArrayList<>();
        int next = 0;
        for (SentenceSplitter.Span span : splitter.split(text)) {
            double[] matches = new double[nearby.length];
            for (; next < tokens.size() && tokens.get(next).start() < span.end(); next++) {
                raise(matches, question, tokens.get(next).term());
            }
            double score = 0;
            boolean bears = false;
            for (int t = 0; t < matches.length; t++) {
                double match = Math.max(matches[t], nearby[t] || before[t] > 0 ? NEARLY : 0);
                score += question.terms().get(t).weight() * match;
                bears |= matches[t] > 0 || before[t] > 0;
            }
            if (bears) {
                scored.add(new Sentence(span.start(), span.end(), Math.min(1, score)));
            }
            before = matches;
        }
        scored.sort(Comparator.comparingDouble(sentence -> -sentence.score()));
        return scored;
    }

    /** Raises the matches {@code [terms]} of a sentence by one of its terms: 1 for the same, {@link #NEARLY} for alike. */
    private static void raise(double[] matches, Question question, String term) {
        for (int t = 0; t < matches.length; t++) {
            matches[t] = Math.max(matches[t], match(question.terms().get(t).term(), term));
        }
    }

    private boolean[] matchesAround(Question question, String around) throws IOException {
        boolean[] found = new boolean[question.terms().size()];
        for (Token token : analyse(around)) {
            for (int t = 0; t < found.length; t++) {
                found[t] |= match(question.terms().get(t).term(), token.term()) > 0;
            }
        }
        return found;
    }

    private static double match(String wanted, String term) {
        if (wanted.equals(term)) {
            return 1;
        }
        int shorter = Math.min(wanted.length(), term.length());
        if (shorter < SHORTEST_BEGINNING || Character.isDigit(wanted.charAt(0))) {
            return 0;
        }
        int same = 0;
        while (same < shorter && wanted.charAt(same) == term.charAt(same)) {
            same++;
        }
        double needed = 0.75 * Math.max(wanted.length(), term.length()) - 0.5;
        return same >= SHORTEST_BEGINNING && same >= needed ? NEARLY : 0;
    }

    /** As BM25Similarity has it; above 0 for every term. */
    private double idf(String term) throws IOException {
        double documents = reader.docFreq(new Term(field, term));
        return Math.log(1 + (reader.getDocCount(field) - documents + 0.5) / (documents + 0.5));
    }

    private List<Token> analyse(String text) throws IOException {
        List<Token> tokens = new ArrayList<>();
        try (TokenStream stream = analyzer.tokenStream(field, text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            OffsetAttribute offset = stream.addAttribute(OffsetAttribute.class);
            stream.reset();
            while (stream.incrementToken()) {
                tokens.add(new Token(term.toString(), offset.startOffset()));
            }
            stream.end();
        }
        return tokens;
    }
}
