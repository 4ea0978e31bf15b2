package dev.siskin.retrieval.http;

import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteHandler;
import dev.siskin.retrieval.collection.DamagedFile;
import dev.siskin.retrieval.collection.InvalidDocumentException;
import dev.siskin.retrieval.collection.RetrievalException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.AlreadyClosedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What our exceptions become on the wire. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final long RETRY_SECONDS = 1;

    private Problems() {}

    /** The handler, its exceptions as problems. */
    static RouteHandler explained(RouteHandler handler) {
        return (context, caller) -> {
            try {
                handler.handle(context, caller);
            } catch (RetrievalException refused) {
                throw of(refused);
            } catch (AlreadyClosedException closed) {
                throw Problem.notFound("the collection was deleted meanwhile");
            } catch (UncheckedIOException failed) {
                throw damaged(failed);
            } catch (InvalidDocumentException invalid) {
                throw Problem.badRequest(String.valueOf(invalid.getMessage()));
            }
        };
    }

    /** What Lucene finds wrong with a file when it is read, long after the collection was opened. */
    private static RuntimeException damaged(UncheckedIOException failed) {
        IOException cause = failed.getCause();
        if (cause instanceof CorruptIndexException || cause instanceof EOFException) {
            LOG.error("an index is damaged", failed);
            return Problem.unavailable(
                    "the collection's index cannot be read: %s; restore it from a snapshot, or delete it and index again"
                            .formatted(DamagedFile.named(cause)),
                    RETRY_SECONDS);
        }
        return failed;
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
