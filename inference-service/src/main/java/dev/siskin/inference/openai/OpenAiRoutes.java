package dev.siskin.inference.openai;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.Tier;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.ErrorShape;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpHostContext;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteDoc;
import dev.siskin.http.RouteLimit;
import dev.siskin.inference.accounting.AnswerMeters;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.gateway.AnswerProblems;
import dev.siskin.inference.gateway.EventStream;
import dev.siskin.inference.gateway.Streaming;
import dev.siskin.inference.retrieval.RetrievalClient;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/chat/completions} and {@code GET /v1/models}, which OpenAI's clients call unchanged. A model is a
 * collection of the caller's tenant, with or without the tier that is to answer.
 *
 * <p>Source: the chat and models parts of OpenAI's API reference.
 */
public final class OpenAiRoutes {
    /** Most bytes of a chat: a client sends all there ever was of it, images never. */
    public static final long MAX_BODY_BYTES = 1 << 20;

    private final AnswerPipeline pipeline;
    private final AnswerMeters meters;
    private final RetrievalClient retrieval;
    private final List<Tier> tiers;
    private final InstantSource clock;
    private final long started;

    /** @param tiers that run here */
    public OpenAiRoutes(
            AnswerPipeline pipeline,
            AnswerMeters meters,
            RetrievalClient retrieval,
            List<Tier> tiers,
            InstantSource clock) {
        this.pipeline = pipeline;
        this.meters = meters;
        this.retrieval = retrieval;
        this.tiers = List.copyOf(tiers);
        this.clock = clock;
        this.started = now();
    }

    /**
     * Adds the routes to a host.
     *
     * @param limit of answers; models, which retrieval-service is asked for each time, count among those under way
     */
    public void install(HttpHost.Builder host, RouteLimit limit) {
        host.post("/v1/chat/completions", Scope.QUERY, MAX_BODY_BYTES, ContentKind.JSON, this::chat)
                .limit(limit)
                .errors(ErrorShape.OPENAI)
                .describe(RouteDoc.of("Answers the last message of a chat from the collection that model names;"
                                + " OpenAI-compatible, unknown fields ignored")
                        .reads(ChatRequest.class)
                        .answers(ChatCompletion.class)
                        .answersText("text/event-stream")
                        .fails(404, 422, 504));
        host.get("/v1/models", Scope.QUERY, this::models)
                .limit(limit.atOnceAlone())
                .errors(ErrorShape.OPENAI)
                .describe(RouteDoc.of("The models a chat may name: your collections, with each tier that runs;"
                                + " OpenAI-compatible")
                        .answers(Models.class)
                        .fails(422, 504));
        host.get("/v1/models/<id>", Scope.QUERY, this::model)
                .limit(limit.atOnceAlone())
                .errors(ErrorShape.OPENAI)
                .describe(RouteDoc.of("One of them").answers(Models.Model.class).fails(404, 422, 504));
    }

    private void chat(Context context, Caller caller) throws IOException, InterruptedException {
        ChatRequest chat = JsonBody.read(context, ChatRequest.class);
        ModelName model = ModelName.parse(chat.model());
        AnswerRequest request = ChatReader.read(chat, model);
        String requestId = HttpHostContext.requestId(context);
        var about = new ChatAnswer(
                "chatcmpl-" + requestId,
                now(),
                String.valueOf(chat.model()),
                Optional.ofNullable(request.maxTokens()).orElse(AnswerRequest.DEFAULT_MAX_TOKENS));
        if (!chat.streams()) {
            try (Answered answer = answer(request, caller, requestId, AnswerListener.NONE)) {
                meters.record(caller.tenant(), answer.response());
                JsonBody.send(context, ChatCompletion.of(about, answer));
            }
            return;
        }
        @Nullable
        AnswerResponse answer = Streaming.send(
                new EventStream(context),
                listener -> answer(request, caller, requestId, listener),
                new ChunkWriter(about, chat.streamsUsage()));
        if (answer != null) {
            meters.record(caller.tenant(), answer);
        }
    }

    private Answered answer(AnswerRequest request, Caller caller, String requestId, AnswerListener listener) {
        try {
            return pipeline.answer(request, caller, requestId, listener);
        } catch (RuntimeException failure) {
            throw problem(failure);
        }
    }

    /** Names the field of the chat that is wrong: the pipeline knows questions and collections. */
    private static RuntimeException problem(RuntimeException failure) {
        RuntimeException problem = AnswerProblems.of(failure);
        if (!(problem instanceof ProblemException known)) {
            return problem;
        }
        return switch (known.status()) {
            case 404 -> known.about("model");
            case 400, 413 -> known.about("messages");
            default -> known;
        };
    }

    private void models(Context context, Caller caller) {
        context.json(new Models(collections(caller).stream()
                .sorted()
                .flatMap(collection -> Stream.concat(Stream.of(Tier.AUTO), tiers.stream())
                        .map(tier -> new ModelName(collection, tier)))
                .map(name -> new Models.Model(name.toString(), started))
                .toList()));
    }

    private void model(Context context, Caller caller) {
        String id = context.pathParam("id");
        ModelName name = ModelName.parse(id);
        boolean runs = name.route() == Tier.AUTO || tiers.contains(name.route());
        if (!runs || !collections(caller).contains(name.collection())) {
            throw Problem.notFound("no model '" + id + "': GET /v1/models lists them")
                    .about("model");
        }
        context.json(new Models.Model(id, started));
    }

    private Set<String> collections(Caller caller) {
        try {
            return retrieval.collections(caller.tenant());
        } catch (RuntimeException failure) {
            throw AnswerProblems.of(failure);
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
