package dev.siskin.retrieval.http;

import dev.siskin.api.ReembedRequest;
import dev.siskin.api.ReembedStatus;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.reembed.Reembeddings;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.UncheckedIOException;

/** {@code /v1/collections/{name}/reembed}. */
public final class ReembedRoutes {
    private static final String REEMBED = "/v1/collections/{name}/reembed";
    private static final long MAX_REQUEST_BYTES = 64 * 1024;

    private final Reembeddings reembeddings;
    private final WorkPool pool;

    /** @param pool for what may load a model */
    public ReembedRoutes(Reembeddings reembeddings, WorkPool pool) {
        this.reembeddings = reembeddings;
        this.pool = pool;
    }

    /** Adds the routes. */
    public void install(HttpHost.Builder host) {
        host.post(REEMBED, Scope.WRITE, MAX_REQUEST_BYTES, ContentKind.JSON, Problems.explained(this::start))
                .describe(RouteDoc.of("Makes a collection's vectors anew from its stored chunks, beside the live index")
                        .reads(ReembedRequest.class)
                        .answers(202, ReembedStatus.class));
        host.get(REEMBED, Scope.QUERY, Problems.explained(this::show))
                .describe(RouteDoc.of("How the re-embedding of a collection stands")
                        .answers(ReembedStatus.class));
        host.delete(REEMBED, Scope.WRITE, Problems.explained(this::cancel))
                .describe(RouteDoc.of("Gives up the re-embedding of a collection; its live index stays as it is")
                        .answersNothing());
    }

    private void start(Context context, Caller caller) {
        CollectionKey key = CollectionRoutes.key(context, caller);
        ReembedRequest request = JsonBody.read(context, ReembedRequest.class);
        context.status(HttpStatus.ACCEPTED).json(pool.run(() -> reembeddings.start(key, request)));
    }

    private void show(Context context, Caller caller) {
        CollectionKey key = CollectionRoutes.key(context, caller);
        context.json(reembeddings.status(key).orElseThrow(() -> none(key)));
    }

    private void cancel(Context context, Caller caller) {
        CollectionKey key = CollectionRoutes.key(context, caller);
        if (!cancelled(key)) {
            throw none(key);
        }
        context.status(HttpStatus.NO_CONTENT);
    }

    /** Waits on the calling thread, a virtual one, until nothing is left of it. */
    private boolean cancelled(CollectionKey key) {
        try {
            return reembeddings.cancel(key);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new RetrievalException(RetrievalException.Kind.UNAVAILABLE, "the service is stopping", stopping);
        }
    }

    private static ProblemException none(CollectionKey key) {
        return Problem.notFound("there is no collection '%s', or no re-embedding of it since the service started"
                .formatted(key.name()));
    }
}
