package dev.siskin.inference.gateway;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.MemoryReport;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.http.ContentKind;
import dev.siskin.http.HttpHost;
import dev.siskin.http.HttpHostContext;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.http.RouteLimit;
import dev.siskin.inference.accounting.AnswerMeters;
import dev.siskin.inference.accounting.MemoryAccounts;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.Answered;
import io.javalin.http.Context;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/answers} and {@code GET /v1/memory}. */
public final class AnswerRoutes {
    /** Most bytes of a request: a question of 8,192 characters and a long history. */
    public static final long MAX_BODY_BYTES = 256 * 1024;

    private final AnswerPipeline pipeline;
    private final AnswerMeters meters;
    private final MemoryAccounts memory;

    public AnswerRoutes(AnswerPipeline pipeline, AnswerMeters meters, MemoryAccounts memory) {
        this.pipeline = pipeline;
        this.meters = meters;
        this.memory = memory;
    }

    /**
     * Adds the routes to a host.
     *
     * @param limit of answers
     */
    public void install(HttpHost.Builder host, RouteLimit limit) {
        host.post("/v1/answers", Scope.QUERY, MAX_BODY_BYTES, ContentKind.JSON, this::answer)
                .limit(limit)
                .describe(
                        RouteDoc.of("Answers from a collection; every field but question and collection has a default")
                                .reads(AnswerRequest.class)
                                .answers(AnswerResponse.class)
                                .answersText("text/event-stream")
                                .fails(404, 422, 504));
        host.get("/v1/memory", Scope.ADMIN, this::memory)
                .describe(RouteDoc.of("The memory of this process by owner")
                        .answers(MemoryReport.class)
                        .fails(422));
    }

    private void answer(Context context, Caller caller) throws IOException, InterruptedException {
        AnswerRequest request = JsonBody.read(context, AnswerRequest.class);
        String requestId = HttpHostContext.requestId(context);
        if (Boolean.TRUE.equals(request.stream())) {
            stream(context, request, caller, requestId);
            return;
        }
        try (Answered answer = answer(request, caller, requestId, AnswerListener.NONE)) {
            meters.record(caller.tenant(), answer.response());
            JsonBody.send(context, answer.response());
        }
    }

    private void stream(Context context, AnswerRequest request, Caller caller, String requestId)
            throws IOException, InterruptedException {
        @Nullable
        AnswerResponse answer = Streaming.send(
                new EventStream(context),
                listener -> answer(request, caller, requestId, listener),
                new AnswerEventWriter(requestId));
        if (answer != null) {
            meters.record(caller.tenant(), answer);
        }
    }

    private Answered answer(AnswerRequest request, Caller caller, String requestId, AnswerListener listener) {
        try {
            return pipeline.answer(request, caller, requestId, listener);
        } catch (RuntimeException failure) {
            throw AnswerProblems.of(failure);
        }
    }

    private void memory(Context context, Caller caller) {
        MemoryReport report = memory.report()
                .orElseThrow(() -> Problem.unprocessable("this kernel gives no memory figures; Linux does"));
        context.json(report);
    }
}
