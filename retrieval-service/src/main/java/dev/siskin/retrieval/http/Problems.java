package dev.siskin.retrieval.http;

import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteHandler;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import dev.siskin.retrieval.collection.RetrievalException;

/** What our exceptions become on the wire. */
final class Problems {
    private static final long RETRY_SECONDS = 1;

    private Problems() {}

    /** The handler, its exceptions as problems. */
    static RouteHandler explained(RouteHandler handler) {
        return (context, caller) -> {
            try {
                handler.handle(context, caller);
            } catch (RetrievalException refused) {
                throw of(refused);
            } catch (InvalidDocumentException invalid) {
                throw Problem.badRequest(String.valueOf(invalid.getMessage()));
            }
        };
    }

    private static ProblemException of(RetrievalException refused) {
        String detail = String.valueOf(refused.getMessage());
        return switch (refused.kind()) {
            case NOT_FOUND -> Problem.notFound(detail);
            case MALFORMED -> Problem.badRequest(detail);
            case IMPOSSIBLE -> Problem.unprocessable(detail);
            case CONFLICT -> Problem.conflict(detail);
            case TOO_LARGE -> Problem.tooLarge(detail);
            case UNAVAILABLE -> Problem.unavailable(detail, RETRY_SECONDS);
            case DEADLINE -> Problem.deadlineExceeded(detail);
            case DISK_FULL -> Problem.diskFull(detail);
        };
    }
}
