package dev.siskin.inference.answering;

import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.inference.batching.QueueFullException;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.retrieval.SearchNoRoomException;
import dev.siskin.inference.retrieval.SearchTimedOutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether what came of an answer's making, which the first of several equal questions began, is true of those who
 * joined: they have another deadline and priority, may have a degraded answer or not, and have heard no sentence of it.
 */
final class SharedOutcome {
    /** With less time than this another try would end as the shared one did. */
    private static final Duration WORTH_ANOTHER_TRY = Duration.ofMillis(250);

    private SharedOutcome() {}

    /** Whether a question that joined takes this answer. */
    static boolean serves(MadeAnswer answer, Errand errand) {
        @Nullable Degraded step = answer.route().degraded();
        if (step == null) {
            return true;
        }
        boolean outOfTime = step.cause().equals(Cause.DEADLINE.wireName());
        return errand.question().allowDegraded()
                && !(outOfTime && errand.patience().compareTo(WORTH_ANOTHER_TRY) > 0);
    }

    /** Whether another's try may end otherwise; one that is refused for what the question is may not. */
    static boolean isTheFirstOnes(RuntimeException failure) {
        return switch (failure) {
            case BrokenOffException _,
                    TooLateException _,
                    SearchTimedOutException _,
                    SearchNoRoomException _,
                    QueueFullException _,
                    ModelFailedException _,
                    MemoryShortException _,
                    NeverFitsException _,
                    StepRefusedException _ -> true;
            default -> false;
        };
    }
}
