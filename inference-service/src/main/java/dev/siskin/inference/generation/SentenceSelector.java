package dev.siskin.inference.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Answers by quoting: chooses the sentences of the hits that answer a question, or declines.
 *
 * <p>A sentence's score is a sum of five terms: its share of the question, that share squared (carrying all of the
 * question is worth more than twice carrying half of it), how far its chunk is behind the best one in fused score and
 * in cosine, and whether it has the kind of thing the question asks for. What is no statement (a heading, a question,
 * as in a FAQ) comes after what is.
 *
 * <p>Weights: conditional logit (mean negative log likelihood plus 0.5e-4 times the squared weights, minimised to
 * convergence) over the sentences of the six best hybrid hits, fitted on SQuAD 1.1 dev's 9,570 training questions (all
 * but the 1,000 that the benchmark draws) whose right paragraph's answer is among those sentences; rounded. The weight for what is no statement is set by hand, for SQuAD has no
 * headings: a FAQ's question that shares all of the words must come behind its answer that shares half.
 */
public final class SentenceSelector {

    static final double SHARE = 9.2;
    static final double SHARE_SQUARED = 1.3;
    static final double FUSED_BEHIND = 6.1;
    static final double COSINE_BEHIND = 12.5;
    static final double KIND = 1.9;
    static final double NO_STATEMENT = -8;

    /** Further sentences are quoted only this close to the best: exp(-5), under 1 % of its odds. */
    static final double FURTHER_WITHIN = 5;

    private static final Pattern SPACE = Pattern.compile("\\s+");

    private final AnswerSupport support;
    private final int sentences;

    /** @param sentences how many to quote at most, 1 or more */
    public SentenceSelector(AnswerSupport support, int sentences) {
        if (sentences < 1) {
            throw new IllegalArgumentException("sentences must be at least 1, not " + sentences);
        }
        this.support = support;
        this.sentences = sentences;
    }

    /**
     * Chooses from the hits, which come best first.
     *
     * @param embeddingModel name of the model whose cosines the hits carry; empty where it is not known
     */
    public Selection select(String question, Optional<String> embeddingModel, List<Evidence> hits) {
        AnswerSupport.Support weighed = support.weigh(question, embeddingModel, hits);
        if (hits.isEmpty()) {
            return new Selection.Declined(Selection.Reason.NO_HITS, weighed);
        }
        if (!weighed.enough()) {
            return new Selection.Declined(Selection.Reason.TOO_FAR, weighed);
        }
        List<Selection.Quote> chosen = choose(question, hits);
        return chosen.isEmpty()
                ? new Selection.Declined(Selection.Reason.NO_SENTENCE, weighed)
                : new Selection.Answered(chosen, weighed);
    }

    /** The best sentence, then up to {@code sentences - 1} more in reading order, without repetition. */
    List<Selection.Quote> choose(String question, List<Evidence> hits) {
        List<Selection.Quote> ranked = new ArrayList<>(score(question, hits));
        ranked.sort(Comparator.comparingDouble(Selection.Quote::score).reversed());
        Set<String> said = new HashSet<>();
        List<Selection.Quote> further = new ArrayList<>();
        for (Selection.Quote quote : ranked) {
            boolean close = ranked.getFirst().score() - quote.score() <= FURTHER_WITHIN;
            if (further.size() < sentences && close && said.add(bare(hits.get(quote.hit()), quote))) {
                further.add(quote);
            }
        }
        if (further.isEmpty()) {
            return further;
        }
        List<Selection.Quote> chosen = new ArrayList<>(List.of(further.removeFirst()));
        further.sort(Comparator.comparingInt(Selection.Quote::hit).thenComparingInt(Selection.Quote::start));
        chosen.addAll(further);
        return chosen;
    }

    private static List<Selection.Quote> score(String question, List<Evidence> hits) {
        QuestionKind kind = QuestionKind.of(question);
        Set<String> known = AnswerSigns.words(question);
        double fused = hits.stream().mapToDouble(Evidence::fused).max().orElse(0);
        double cosine =
                hits.stream().mapToDouble(hit -> hit.cosine().orElse(0)).max().orElse(0);
        List<Selection.Quote> quotes = new ArrayList<>();
        for (int h = 0; h < hits.size(); h++) {
            Evidence hit = hits.get(h);
            double behind = FUSED_BEHIND * (hit.fused() - fused)
                    + (hit.cosine().isPresent() ? COSINE_BEHIND * (hit.cosine().getAsDouble() - cosine) : 0);
            for (Evidence.Sentence s : hit.highlights()) {
                AnswerSigns signs = AnswerSigns.of(hit.text().substring(s.start(), s.end()), known, kind);
                double score = behind
                        + SHARE * s.score()
                        + SHARE_SQUARED * s.score() * s.score()
                        + KIND * signs.answers(kind)
                        + (signs.statement() ? 0 : NO_STATEMENT);
                quotes.add(new Selection.Quote(h, s.start(), s.end(), score));
            }
        }
        return quotes;
    }

    private static String bare(Evidence hit, Selection.Quote quote) {
        String text = hit.text().substring(quote.start(), quote.end());
        return SPACE.matcher(text).replaceAll(" ").strip().toLowerCase(Locale.ROOT);
    }
}
