package dev.siskin.retrieval.http;

import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.embedding.EmbeddingException;
import dev.siskin.embedding.EmbeddingInput;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.search.Deadline;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import dev.siskin.retrieval.search.QuestionVectors;
import dev.siskin.retrieval.search.SearchEngine;
import dev.siskin.retrieval.search.SearchPlan;
import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/collections/{name}/search}. */
public final class SearchRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(SearchRoutes.class);
    private static final long MAX_SEARCH_BYTES = 1024 * 1024;

    /** Part of the time left that the embedder may take, so that keyword search has the rest. */
    private static final double EMBEDDING_SHARE = 0.75;

    private final Collections collections;
    private final Embedders embedders;
    private final QuestionVectors questions;
    private final SearchEngine engine;
    private final WorkPool pool;
    private final AnswerBudget answers;
    private final MeterRegistry meters;

    public SearchRoutes(
            Collections collections,
            Embedders embedders,
            QuestionVectors questions,
            SearchEngine engine,
            WorkPool pool,
            AnswerBudget answers,
            MeterRegistry meters) {
        this.collections = collections;
        this.embedders = embedders;
        this.questions = questions;
        this.engine = engine;
        this.pool = pool;
        this.answers = answers;
        this.meters = meters;
    }

    /** Adds the route. */
    public void install(HttpHost.Builder host) {
        host.post(
                        "/v1/collections/{name}/search",
                        Scope.QUERY,
                        MAX_SEARCH_BYTES,
                        ContentKind.JSON,
                        Problems.explained(this::search))
                .describe(RouteDoc.of("Searches by meaning, by keywords, or both; every field but query has a default")
                        .reads(SearchRequest.class)
                        .answers(SearchResponse.class));
    }

    private void search(Context context, Caller caller) throws IOException, InterruptedException {
        long began = System.nanoTime();
        SearchRequest request = JsonBody.read(context, SearchRequest.class);
        Deadline deadline = Deadline.after(began, Duration.ofMillis(SearchPlan.deadlineMs(request)));
        CollectionKey key = CollectionRoutes.key(context, caller);
        boolean isAnswered = false;
        while (!isAnswered) {
            try (AnswerBudget.Answer answer = answers.begin()) {
                Optional<SearchResponse> found = search(key, request, deadline, began, answer);
                if (found.isPresent()) {
                    JsonBody.send(context, found.get());
                    isAnswered = true;
                }
            }
        }
    }

    /** Closes the collection: it is not kept open for as long as the client takes to read. */
    private Optional<SearchResponse> search(
            CollectionKey key, SearchRequest request, Deadline deadline, long began, AnswerBudget.Answer answer)
            throws InterruptedException {
        try (Collection collection = CollectionRoutes.open(collections, pool, key)) {
            return search(collection, request, deadline, began, answer);
        }
    }

    /** Empty where the collection has to be opened again: another index, with another model, may be in its place. */
    private Optional<SearchResponse> search(
            Collection collection, SearchRequest request, Deadline deadline, long began, AnswerBudget.Answer answer)
            throws InterruptedException {
        SearchPlan plan =
                SearchPlan.of(request, collection.manifest().embedder().dimensions());
        long least = plan.minGeneration().orElse(0);
        if (collection.generation() < least) {
            await(collection, least, deadline);
            return Optional.empty();
        }
        SearchResponse response = search(collection, plan, deadline, began, answer);
        return response.generation() < least ? Optional.empty() : Optional.of(response);
    }

    private SearchResponse search(
            Collection collection, SearchPlan plan, Deadline deadline, long began, AnswerBudget.Answer answer) {
        Optional<float[]> vector =
                plan.mode() == SearchMode.KEYWORD ? Optional.empty() : vector(collection, plan, deadline);
        long embedded = System.nanoTime();
        SearchEngine.Results results = pool.run(() -> engine.search(collection, plan, vector, deadline, answer));
        long searched = System.nanoTime();

        timer("siskin.retrieval.search", plan.mode()).record(searched - embedded, TimeUnit.NANOSECONDS);
        boolean withoutVectors = plan.mode() != SearchMode.KEYWORD && vector.isEmpty();
        return new SearchResponse(
                results.hits(),
                results.generation(),
                vector.map(_ -> collection.manifest().spec().embeddingModel()).orElse(null),
                degraded(withoutVectors, results.partial()),
                new SearchResponse.Timings(
                        millis(embedded - began), millis(searched - embedded), millis(searched - began)));
    }

    private static void await(Collection collection, long generation, Deadline deadline) throws InterruptedException {
        if (!collection.awaitGeneration(generation, deadline.left())) {
            throw Problem.unavailable(
                    "the collection is at generation %d and did not reach min_generation=%d within the deadline"
                            .formatted(collection.generation(), generation),
                    1);
        }
    }

    /** The question's vector; empty where no embedder can make one in time. */
    private Optional<float[]> vector(Collection collection, SearchPlan plan, Deadline deadline) {
        if (plan.vector().isPresent()) {
            return plan.vector();
        }
        long began = System.nanoTime();
        Duration limit = Duration.ofNanos((long) (deadline.left().toNanos() * EMBEDDING_SHARE));
        try {
            String fingerprint = collection.manifest().embedder().id();
            return Optional.of(
                    questions.of(fingerprint, plan.query(), limit, left -> embed(collection, plan.query(), left)));
        } catch (RetrievalException | EmbeddingException | IllegalStateException failed) {
            LOG.warn("searching by keywords, the question was not embedded: {}", failed.getMessage());
            return Optional.empty();
        } finally {
            meters.timer("siskin.retrieval.embed").record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        }
    }

    private float[] embed(Collection collection, String question, Duration limit) {
        long began = System.nanoTime();
        Optional<ModelLease> model = embedders.of(collection.manifest(), limit);
        try (ModelLease lease =
                model.orElseThrow(() -> new EmbeddingException("the model of collection %s is not here as it was"
                        .formatted(collection.manifest().name())))) {
            Duration left = limit.minusNanos(System.nanoTime() - began);
            return lease.embedder().embed(EmbeddingInput.QUERY, question, left).vector();
        }
    }

    private Timer timer(String name, SearchMode mode) {
        return meters.timer(name, "mode", mode.name().toLowerCase(Locale.ROOT));
    }

    private static SearchResponse.@Nullable Degraded degraded(boolean withoutVectors, boolean partial) {
        if (withoutVectors) {
            return new SearchResponse.Degraded("keyword", "embedder");
        }
        return partial ? new SearchResponse.Degraded("partial", "deadline") : null;
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1_000.0) / 1_000.0;
    }
}
