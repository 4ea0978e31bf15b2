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
import dev.siskin.http.ProblemException;
import dev.siskin.http.RouteDoc;
import dev.siskin.inference.accounting.AnswerMeters;
import dev.siskin.inference.accounting.MemoryAccounts;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.AnswerPipeline;
import dev.siskin.inference.answering.GenerationFullException;
import dev.siskin.inference.answering.GenerationNotReachedException;
import dev.siskin.inference.answering.MemoryShortException;
import dev.siskin.inference.answering.StepRefusedException;
import dev.siskin.inference.answering.TooLateException;
import dev.siskin.inference.retrieval.RetrievalDownException;
import dev.siskin.inference.retrieval.SearchRefusedException;
import dev.siskin.inference.routing.TierNotOfferedException;
import dev.siskin.inference.shaping.InvalidQuestionException;
import io.javalin.http.Context;

/** {@code POST /v1/answers} and {@code GET /v1/memory}, and what a failing stage becomes on the wire. */
public final class AnswerRoutes {
    /** Most bytes of a request: a question of 8,192 characters and a long history. */
    public static final long MAX_BODY_BYTES = 256 * 1024;

    private static final long RETRY_SECONDS = 2;

    private final AnswerPipeline pipeline;
    private final AnswerMeters meters;
    private final MemoryAccounts memory;

    public AnswerRoutes(AnswerPipeline pipeline, AnswerMeters meters, MemoryAccounts memory) {
        this.pipeline = pipeline;
        this.meters = meters;
        this.memory = memory;
    }

    /** Adds the routes to a host. */
    public void install(HttpHost.Builder host) {
        host.post("/v1/answers", Scope.QUERY, MAX_BODY_BYTES, ContentKind.JSON, this::answer)
                .describe(
                        RouteDoc.of("Answers from a collection; every field but question and collection has a default")
                                .reads(AnswerRequest.class)
                                .answers(AnswerResponse.class));
        host.get("/v1/memory", Scope.ADMIN, this::memory)
                .describe(RouteDoc.of("The memory of this process by owner").answers(MemoryReport.class));
    }

    private void answer(Context context, Caller caller) {
        AnswerRequest request = JsonBody.read(context, AnswerRequest.class);
        if (Boolean.TRUE.equals(request.stream())) {
            throw Problem.unprocessable("streaming is not offered by this server yet: send stream=false");
        }
        AnswerResponse answer = answer(request, caller, HttpHostContext.requestId(context));
        meters.record(caller.tenant(), answer);
        context.json(answer);
    }

    private AnswerResponse answer(AnswerRequest request, Caller caller, String requestId) {
        try {
            return pipeline.answer(request, caller, requestId, AnswerListener.NONE);
        } catch (InvalidQuestionException invalid) {
            throw invalid.tooLarge() ? Problem.tooLarge(message(invalid)) : Problem.badRequest(message(invalid));
        } catch (TierNotOfferedException notOffered) {
            throw Problem.unprocessable(message(notOffered));
        } catch (SearchRefusedException refused) {
            throw passedOn(refused);
        } catch (RetrievalDownException down) {
            throw Problem.unavailable(message(down), down.retryAfterSeconds());
        } catch (StepRefusedException
                | GenerationNotReachedException
                | GenerationFullException
                | MemoryShortException refused) {
            throw Problem.unavailable(message(refused), RETRY_SECONDS);
        } catch (TooLateException late) {
            throw Problem.deadlineExceeded(message(late));
        }
    }

    private static ProblemException passedOn(SearchRefusedException refused) {
        return switch (refused.status()) {
            case 404 -> Problem.notFound(message(refused));
            case 400 -> Problem.badRequest(message(refused));
            case 413 -> Problem.tooLarge(message(refused));
            default -> Problem.unprocessable(message(refused));
        };
    }

    private void memory(Context context, Caller caller) {
        MemoryReport report = memory.report()
                .orElseThrow(() -> Problem.unprocessable("this kernel gives no memory figures; Linux does"));
        context.json(report);
    }

    private static String message(RuntimeException failure) {
        return String.valueOf(failure.getMessage());
    }
}
