package dev.siskin.inference.generation;

import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Answers without a model: quotes the few sentences that answer, or declines. The retrieval tier has scored the
 * sentences ({@code highlights}), so that this tier needs no embedding model. Deterministic; thread-safe.
 */
public final class ExtractiveGenerator {
    private final SentenceSelector selector;

    public ExtractiveGenerator(SentenceSelector selector) {
        this.selector = selector;
    }

    /**
     * Chooses sentences of the passages, which come best first.
     *
     * @param embeddingModel name of the model whose cosines the passages carry; empty where it is not known
     * @param maxTokens estimated tokens the quotes may have together; the best one is taken whatever its size
     */
    public Selection generate(String question, Optional<String> embeddingModel, List<Passage> passages, int maxTokens) {
        List<Evidence> evidence = passages.stream().map(QuotableUnits::of).toList();
        return switch (selector.select(question, embeddingModel, evidence)) {
            case Selection.Answered answered ->
                new Selection.Answered(fitting(answered.quotes(), evidence, maxTokens), answered.support());
            case Selection.Declined declined -> declined;
        };
    }

    private static List<Selection.Quote> fitting(List<Selection.Quote> quotes, List<Evidence> evidence, int maxTokens) {
        List<Selection.Quote> fitting = new ArrayList<>();
        int tokens = 0;
        for (Selection.Quote quote : quotes) {
            String text = evidence.get(quote.hit()).text().substring(quote.start(), quote.end());
            tokens += TokenEstimate.of(text);
            if (fitting.isEmpty() || tokens <= maxTokens) {
                fitting.add(quote);
            }
        }
        return fitting;
    }
}
