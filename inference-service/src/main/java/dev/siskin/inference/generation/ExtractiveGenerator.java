package dev.siskin.inference.generation;

import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.TokenEstimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers without a model: quotes the few sentences that answer, or declines. The retrieval tier has scored the
 * sentences ({@code highlights}), so that this tier needs no embedding model. Deterministic; thread-safe.
 */
public final class ExtractiveGenerator implements Generator {
    /** Changes with everything that changes what is answered to the same passages. */
    static final String MODEL = "extractive-1";

    private final SentenceSelector selector;

    public ExtractiveGenerator(SentenceSelector selector) {
        this.selector = selector;
    }

    @Override
    public String model() {
        return MODEL;
    }

    /** Chooses sentences of the passages; the best one is taken whatever its size. */
    @Override
    public Generated generate(Prompt prompt, Consumer<Draft> drafts, Cancellation cancellation) {
        cancellation.check();
        return switch (select(
                prompt.question(),
                prompt.embeddingModel(),
                prompt.passages(),
                prompt.parameters().maxTokens())) {
            case Selection.Answered answered -> {
                List<Draft.Quote> quotes = upToStop(answered.quotes(), prompt);
                quotes.forEach(drafts);
                yield Generated.of(quotes.isEmpty() ? Optional.of(Selection.Reason.NO_SENTENCE) : Optional.empty());
            }
            case Selection.Declined declined -> Generated.of(Optional.of(declined.reason()));
        };
    }

    /** The quotes in front of the first stop text, the last one cut where it has one. */
    private static List<Draft.Quote> upToStop(List<Selection.Quote> quotes, Prompt prompt) {
        var stops = new StopTexts(prompt.parameters().stop());
        List<Draft.Quote> kept = new ArrayList<>();
        for (Selection.Quote quote : quotes) {
            String text = prompt.passages().get(quote.hit()).text().substring(quote.start(), quote.end());
            String before = stops.before(text);
            int left = before.length() < text.length() ? before.stripTrailing().length() : text.length();
            if (left > 0) {
                kept.add(new Draft.Quote(quote.hit(), quote.start(), quote.start() + left));
            }
            if (left < text.length()) {
                break;
            }
        }
        return kept;
    }

    /**
     * Chooses sentences of the passages, which come best first.
     *
     * @param embeddingModel name of the model whose cosines the passages carry; empty where it is not known
     * @param maxTokens estimated tokens the quotes may have together; the best one is taken whatever its size
     */
    Selection select(String question, Optional<String> embeddingModel, List<Passage> passages, int maxTokens) {
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
