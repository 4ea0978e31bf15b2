package dev.siskin.inference;

import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpSettings;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.inference.cache.Index;
import dev.siskin.settings.Settings;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A retrieval tier that keeps to the contract and answers what the test put into it. */
final class RetrievalStandIn implements AutoCloseable {
    final AtomicInteger searches = new AtomicInteger();
    final AtomicInteger polls = new AtomicInteger();
    final Map<Index, SearchResponse> collections = new ConcurrentHashMap<>();
    volatile @Nullable SearchRequest lastSearch;
    volatile CountDownLatch gate = new CountDownLatch(0);
    volatile CountDownLatch pollGate = new CountDownLatch(0);
    volatile boolean closing;
    volatile boolean failing;
    volatile boolean pollsFailing;
    volatile boolean searchesFailing;

    /** Bytes of a response to a search, sent once the gate is open, which its head tells before; 0 = as it comes. */
    volatile int announcedBytes;

    private final HttpHost host;
    private final int port;

    RetrievalStandIn(String keysFile) {
        var settings = Settings.of(Map.of("retrieval.keys.file", keysFile));
        host = HttpHost.named(
                        "retrieval-service",
                        HttpSettings.declare("retrieval", 0).read(settings))
                .get("/v1/generations", Scope.QUERY, this::generations)
                .post("/v1/collections/{name}/search", Scope.QUERY, 1 << 20, ContentKind.JSON, this::search)
                .start();
        this.port = host.port();
    }

    int port() {
        return port;
    }

    /** What a search of the tenant's collection finds from now on. */
    void put(String tenant, String collection, long generation, Hit... hits) {
        collections.put(
                new Index(tenant, collection),
                new SearchResponse(
                        List.of(hits), generation, "bge-small-en-v1.5", null, new SearchResponse.Timings(1, 1, 2)));
    }

    private void generations(Context context, Caller caller) throws InterruptedException {
        polls.incrementAndGet();
        closeWhereAsked(context);
        pollGate.await();
        failWhereAsked();
        if (pollsFailing) {
            throw Problem.unavailable("asked to fail", 1);
        }
        Map<String, Long> generations = new HashMap<>();
        collections.forEach((index, found) -> {
            if (index.tenant().equals(caller.tenant())) {
                generations.put(index.collection(), found.generation());
            }
        });
        context.json(generations);
    }

    private void search(Context context, Caller caller) throws InterruptedException, IOException {
        SearchRequest request = JsonBody.read(context, SearchRequest.class);
        lastSearch = request;
        closeWhereAsked(context);
        searches.incrementAndGet();
        failWhereAsked();
        if (searchesFailing) {
            throw Problem.unavailable("asked to fail", 1);
        }
        int announced = announcedBytes;
        if (announced > 0) {
            context.contentType("application/json").res().setContentLength(announced);
            context.res().flushBuffer();
        }
        gate.await();
        String name = context.pathParam("name");
        SearchResponse found = collections.get(new Index(caller.tenant(), name));
        if (found == null) {
            throw Problem.notFound("no collection '" + name + "'");
        }
        if (request.minGeneration() != null && request.minGeneration() > found.generation()) {
            throw Problem.unavailable("generation " + request.minGeneration() + " is not reached yet", 1);
        }
        if (announced > 0) {
            String body = Json.MAPPER.writeValueAsString(found);
            String whole = body + " ".repeat(announced - body.length());
            context.res().getOutputStream().write(whole.getBytes(StandardCharsets.US_ASCII));
        } else {
            context.json(found);
        }
    }

    private void closeWhereAsked(Context context) {
        if (closing) {
            context.header("Connection", "close");
        }
    }

    private void failWhereAsked() {
        if (failing) {
            throw new IllegalStateException("asked to fail");
        }
    }

    @Override
    public void close() {
        gate.countDown();
        pollGate.countDown();
        host.close();
    }
}
