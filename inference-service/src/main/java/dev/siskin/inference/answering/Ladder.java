package dev.siskin.inference.answering;

import static dev.siskin.inference.answering.Step.CACHED;
import static dev.siskin.inference.answering.Step.EXTRACTIVE;
import static dev.siskin.inference.answering.Step.PASSAGES;
import static dev.siskin.inference.answering.Step.SMALLER_TIER;
import static dev.siskin.inference.answering.Step.STALE;

import java.util.List;
import java.util.Map;

/**
 * The steps that are allowed where something fails, best first; after the last comes the error. A search that had to do
 * without vectors is no step of this ladder: retrieval-service takes it and says so.
 */
final class Ladder {
    private static final Map<Cause, List<Step>> STEPS = Map.of(
            Cause.QUEUE_FULL, List.of(SMALLER_TIER, EXTRACTIVE, CACHED, PASSAGES),
            Cause.MEMORY_PRESSURE, List.of(SMALLER_TIER, EXTRACTIVE, CACHED, PASSAGES),
            Cause.MODEL_FAILED, List.of(SMALLER_TIER, EXTRACTIVE, CACHED, PASSAGES),
            Cause.DEADLINE, List.of(EXTRACTIVE, PASSAGES, CACHED, STALE),
            Cause.RETRIEVAL_DOWN, List.of(CACHED, STALE));

    private Ladder() {}

    static List<Step> steps(Cause cause) {
        return STEPS.getOrDefault(cause, List.of());
    }
}
