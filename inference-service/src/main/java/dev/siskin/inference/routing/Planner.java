package dev.siskin.inference.routing;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Tier;
import dev.siskin.inference.shaping.ShapedQuestion;
import java.util.Locale;
import java.util.Optional;

/** First half of routing: which tier a request may use. This server runs one, the extractive tier. */
public final class Planner {
    /** Changes with everything that changes what the extractive tier answers to the same passages. */
    public static final String EXTRACTIVE_MODEL = "extractive-1";

    private final int packingTokens;

    /** @param packingTokens estimated tokens of passages the extractive tier reads */
    public Planner(int packingTokens) {
        this.packingTokens = packingTokens;
    }

    /** @throws TierNotOfferedException where another tier is wished for and stepping down is not allowed */
    public Plan plan(ShapedQuestion question) {
        return new Plan(Tier.EXTRACTIVE, EXTRACTIVE_MODEL, packingTokens, question.maxTokens(), stepDown(question));
    }

    private static Optional<AnswerResponse.Degraded> stepDown(ShapedQuestion question) {
        return switch (question.wish()) {
            case AUTO, EXTRACTIVE -> Optional.empty();
            case SMALL, LARGE -> {
                if (!question.allowDegraded()) {
                    throw new TierNotOfferedException("this server runs the extractive tier only: route="
                            + question.wish().name().toLowerCase(Locale.ROOT)
                            + "; ask with route auto, or with allow_degraded true");
                }
                yield Optional.of(new AnswerResponse.Degraded("extractive", "not_allowed"));
            }
        };
    }
}
