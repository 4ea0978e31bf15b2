package dev.siskin.inference.generation;

import dev.siskin.question.QuestionWords;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the hits carry an answer at all, or the question is foreign to the collection.
 *
 * <p>Two witnesses, each of which errs alone: the best cosine (a model's idea of the topic; single foreign chunks come
 * near) and the best sentence's share of the question (a lexical one; paraphrases share little). Their weighted sum
 * must reach a bound. A share counts less the fewer words the question has, by n / (n + 1): of two keywords a foreign
 * sentence has both easily.
 *
 * <p>Constants: logistic regression on SQuAD's training questions (all but the 1,000 that the benchmark draws) and
 * SciFact's training claims, asked of their own and of each other's collection, each of the four weighing alike: 29.20
 * cosine + 13.67 share - 24.82, hence 0.47. The bound is the highest of three decimals that declines at most 5 % of
 * either collection's own training questions; the keyword-only bound the highest of two decimals that declines at most
 * 5 % of SQuAD's. The cosine is bge-small-en-v1.5's: another embedder has another scale and needs its own
 * {@link Bounds}, which the name of the collection's model chooses.
 */
public final class AnswerSupport {

    /** What the damped share must reach where there is no cosine. */
    public static final double DEFAULT_KEYWORD_ONLY = 0.36;

    /**
     * The rule's constants for the cosines of one embedding model.
     *
     * @param share    what the best sentence's damped share adds to the best cosine
     * @param together what both must reach
     */
    public record Bounds(double share, double together) {
        /** bge-small-en-v1.5, first-token pooling. */
        public static final Bounds BGE_SMALL_EN = new Bounds(0.47, 0.828);
        /** all-MiniLM-L6-v2, mean pooling: the fit gave 0.72 and 0.716, lowered alike. */
        public static final Bounds MINILM_L6 = new Bounds(0.72, 0.69);
    }

    private static final Map<String, Bounds> FITTED =
            Map.of("bge-small-en-v1.5", Bounds.BGE_SMALL_EN, "all-minilm-l6-v2", Bounds.MINILM_L6);

    /** The verdict: how far above (or, negative, below) the bound the hits are. */
    public record Support(double cosine, double share, double margin) {
        public boolean enough() {
            return margin >= 0;
        }
    }

    private final Bounds others;
    private final double keywordOnly;

    /**
     * @param others      bounds for the models that none were fitted for
     * @param keywordOnly what the damped share must reach where there is no cosine
     */
    public AnswerSupport(Bounds others, double keywordOnly) {
        this.others = others;
        this.keywordOnly = keywordOnly;
    }

    /**
     * Weighs the hits of a question, any number of them; without hits there is no support.
     *
     * @param embeddingModel name of the model whose cosines the hits carry; empty where it is not known
     */
    public Support weigh(String question, Optional<String> embeddingModel, List<Evidence> hits) {
        double share = hits.stream()
                .flatMap(hit -> hit.highlights().stream())
                .mapToDouble(Evidence.Sentence::score)
                .max()
                .orElse(0);
        int words = QuestionWords.count(question);
        double damped = share * words / (words + 1.0);
        if (hits.isEmpty()) {
            return new Support(0, 0, Double.NEGATIVE_INFINITY);
        }
        if (hits.stream().noneMatch(hit -> hit.cosine().isPresent())) {
            return new Support(0, damped, damped - keywordOnly);
        }
        Bounds bounds = embeddingModel.map(FITTED::get).orElse(others);
        double cosine =
                hits.stream().mapToDouble(hit -> hit.cosine().orElse(-1)).max().orElse(-1);
        return new Support(cosine, damped, cosine + bounds.share() * damped - bounds.together());
    }
}
