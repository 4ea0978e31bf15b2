package dev.siskin.inference.gateway;

import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.inference.answering.BrokenOffException;
import dev.siskin.inference.answering.GenerationNotReachedException;
import dev.siskin.inference.answering.MemoryShortException;
import dev.siskin.inference.answering.NeverFitsException;
import dev.siskin.inference.answering.StepRefusedException;
import dev.siskin.inference.answering.TooLateException;
import dev.siskin.inference.batching.JobTooLargeException;
import dev.siskin.inference.batching.QueueClosedException;
import dev.siskin.inference.batching.QueueFullException;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.retrieval.RetrievalDownException;
import dev.siskin.inference.retrieval.SearchNoRoomException;
import dev.siskin.inference.retrieval.SearchRefusedException;
import dev.siskin.inference.routing.TierNotOfferedException;
import dev.siskin.inference.shaping.InvalidQuestionException;

/** What a failing stage becomes on the wire. */
public final class AnswerProblems {
    private static final long RETRY_SECONDS = 2;

    private AnswerProblems() {}

    /** The problem to send; a failure that is none of the stages' own stays as it is. */
    public static RuntimeException of(RuntimeException failure) {
        return switch (failure) {
            case BrokenOffException broken when broken.getCause() instanceof RuntimeException cause -> of(cause);
            case InvalidQuestionException invalid ->
                invalid.tooLarge() ? Problem.tooLarge(message(invalid)) : Problem.badRequest(message(invalid));
            case TierNotOfferedException notOffered -> Problem.unprocessable(message(notOffered));
            case SearchRefusedException refused -> passedOn(refused);
            case RetrievalDownException down -> Problem.unavailable(message(down), down.retryAfterSeconds());
            case StepRefusedException refused -> Problem.unavailable(message(refused), RETRY_SECONDS);
            case GenerationNotReachedException behind -> Problem.unavailable(message(behind), RETRY_SECONDS);
            case QueueFullException full -> Problem.unavailable(message(full), RETRY_SECONDS);
            case QueueClosedException closed -> Problem.unavailable(message(closed), RETRY_SECONDS);
            case JobTooLargeException tooLarge -> Problem.unprocessable(message(tooLarge));
            case NeverFitsException never -> Problem.unprocessable(message(never));
            case MemoryShortException full -> Problem.unavailable(message(full), RETRY_SECONDS);
            case SearchNoRoomException full -> Problem.unavailable(message(full), RETRY_SECONDS);
            case ModelFailedException failed -> Problem.unavailable(message(failed), RETRY_SECONDS);
            case CancelledException cancelled -> Problem.unavailable(message(cancelled), RETRY_SECONDS);
            case TooLateException late -> Problem.deadlineExceeded(message(late));
            default -> failure;
        };
    }

    private static ProblemException passedOn(SearchRefusedException refused) {
        return switch (refused.status()) {
            case 404 -> Problem.notFound(message(refused));
            case 400 -> Problem.badRequest(message(refused));
            case 413 -> Problem.tooLarge(message(refused));
            default -> Problem.unprocessable(message(refused));
        };
    }

    private static String message(RuntimeException failure) {
        return String.valueOf(failure.getMessage());
    }
}
