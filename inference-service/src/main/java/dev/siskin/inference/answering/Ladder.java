package dev.siskin.inference.answering;

import static dev.siskin.inference.answering.Step.EXTRACTIVE;
import static dev.siskin.inference.answering.Step.MADE_BY_LOWER;
import static dev.siskin.inference.answering.Step.PASSAGES;
import static dev.siskin.inference.answering.Step.SMALLER_TIER;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The steps that are allowed where a tier fails with passages in hand, best first; after the last comes the error.
 *
 * <p>Where no passages are to be had, {@link AnswerPipeline} has one step: an answer made earlier, of an older index
 * generation too where retrieval-service is down or late. A search that had to do without vectors is no step of this ladder: retrieval-service takes it and says so.
 */
final class Ladder {
    private static final Map<Cause, List<Step>> STEPS = Map.of(
            Cause.QUEUE_FULL, List.of(SMALLER_TIER, EXTRACTIVE, MADE_BY_LOWER, PASSAGES),
            Cause.MEMORY_PRESSURE, List.of(SMALLER_TIER, EXTRACTIVE, MADE_BY_LOWER, PASSAGES),
            Cause.MODEL_FAILED, List.of(SMALLER_TIER, EXTRACTIVE, MADE_BY_LOWER, PASSAGES),
            Cause.DEADLINE, List.of(EXTRACTIVE, PASSAGES));

    private static final Set<Cause> STALE = Set.of(Cause.RETRIEVAL_DOWN, Cause.DEADLINE);

    private Ladder() {}

    /** Whether an answer of an index generation before the newest may stand in. */
    static boolean allowsStale(Cause cause) {
        return STALE.contains(cause);
    }

    static List<Step> steps(Cause cause) {
        return STEPS.getOrDefault(cause, List.of());
    }
}
