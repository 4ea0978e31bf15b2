package dev.siskin.inference.answering;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.siskin.api.AnswerRequest;
import dev.siskin.api.AnswerResponse;
import dev.siskin.api.AnswerResponse.CacheUse;
import dev.siskin.api.AnswerResponse.Degraded;
import dev.siskin.api.AnswerResponse.Route;
import dev.siskin.api.SearchRequest;
import dev.siskin.api.SearchResponse;
import dev.siskin.auth.Caller;
import dev.siskin.inference.accounting.CostModel;
import dev.siskin.inference.accounting.Stage;
import dev.siskin.inference.accounting.StageClock;
import dev.siskin.inference.cache.CacheKey;
import dev.siskin.inference.cache.GenerationWatch;
import dev.siskin.inference.cache.Generations;
import dev.siskin.inference.cache.HotCache;
import dev.siskin.inference.cache.Load;
import dev.siskin.inference.cache.MadeAnswer;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.retrieval.RetrievalClient;
import dev.siskin.inference.retrieval.RetrievalDownException;
import dev.siskin.inference.routing.Plan;
import dev.siskin.inference.routing.Planner;
import dev.siskin.inference.shaping.QuestionShaper;
import dev.siskin.inference.shaping.ShapedQuestion;
import dev.siskin.inference.shaping.TokenEstimate;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The way of a question: shaping, plan, hot cache, retrieval, and {@link AnswerMaker} for the stages behind it.
 *
 * <p><b>Ladder.</b> Where retrieval-service is down or late, an answer made earlier is served, flagged: {@code cached}
 * where it is of the newest index generation seen, {@code stale} where a newer one is known. Without one the request
 * fails. {@code allow_degraded: false} turns every step into the error.
 *
 * <p>Knows nothing of HTTP, takes its time from a ticker; thread-safe.
 */
public final class AnswerPipeline {
    private final QuestionShaper shaper;
    private final Planner planner;
    private final HotCache cache;
    private final Generations generations;
    private final GenerationWatch watch;
    private final RetrievalClient retrieval;
    private final AnswerMaker maker;
    private final RequestBytes bytes;
    private final CostModel costs;
    private final Ticker ticker;

    public AnswerPipeline(
            QuestionShaper shaper,
            Planner planner,
            HotCache cache,
            Generations generations,
            GenerationWatch watch,
            RetrievalClient retrieval,
            AnswerMaker maker,
            RequestBytes bytes,
            CostModel costs,
            Ticker ticker) {
        this.shaper = shaper;
        this.planner = planner;
        this.cache = cache;
        this.generations = generations;
        this.watch = watch;
        this.retrieval = retrieval;
        this.maker = maker;
        this.bytes = bytes;
        this.costs = costs;
        this.ticker = ticker;
    }

    /** An answer in hand. */
    private record Obtained(MadeAnswer answer, CacheUse cache) {}

    /**
     * Answers.
     *
     * @throws dev.siskin.inference.shaping.InvalidQuestionException where the request cannot be answered as it stands
     * @throws dev.siskin.inference.routing.TierNotOfferedException where a tier is insisted on that does not run here
     * @throws dev.siskin.inference.retrieval.SearchRefusedException where the collection does not exist, for one
     * @throws RetrievalDownException where retrieval is down and no earlier answer may stand in
     * @throws dev.siskin.inference.batching.QueueFullException where too many answers wait and nothing may stand in
     * @throws StepRefusedException where only a degraded answer can be had and none is allowed
     * @throws GenerationNotReachedException where the index stayed behind {@code min_generation} until the deadline
     * @throws NeverFitsException where the request may need more memory than there is for all
     * @throws MemoryShortException where too little is free now and no earlier answer may stand in
     * @throws TooLateException where the deadline passed with nothing in hand
     */
    public AnswerResponse answer(AnswerRequest request, Caller caller, String requestId, AnswerListener listener) {
        var clock = new StageClock(ticker);
        ShapedQuestion question = shaper.shape(request);
        Plan plan = planner.plan(question, caller.tier());
        var heard = new HeardSoFar(listener);
        var errand = new Errand(caller, question, plan, clock, listener == AnswerListener.NONE ? listener : heard);
        clock.lap(Stage.SHAPE);
        try (RequestBytes.Share share = bytes.reserve(question)) {
            Obtained obtained = allowed(errand, obtain(errand));
            heard.catchUp(obtained.answer(), () -> cache.find(errand.passagesAt(obtained.answer().generation())));
            return response(errand, obtained, requestId, share.bytes());
        } catch (MemoryShortException full) {
            Obtained earlier = earlier(errand, Cause.MEMORY_PRESSURE).orElseThrow(() -> full);
            heard.catchUp(earlier.answer(), Optional::empty);
            return response(errand, earlier, requestId, 0);
        }
    }

    /** @throws StepRefusedException where it is a step down and the request allows none */
    private static Obtained allowed(Errand errand, Obtained obtained) {
        @Nullable Degraded step = obtained.answer().route().degraded();
        if (step != null && !errand.question().allowDegraded()) {
            throw new StepRefusedException("only a degraded answer can be had now (step " + step.step() + ", cause "
                    + step.cause() + "): try again, or allow_degraded true");
        }
        return obtained;
    }

    private Obtained obtain(Errand errand) {
        boolean confirmed = watch.confirm(errand.tenant(), errand.patience());
        errand.clock().lap(Stage.QUEUE);
        try {
            if (confirmed) {
                return throughCache(errand);
            }
            Optional<Obtained> earlier = earlier(errand, Cause.RETRIEVAL_DOWN);
            return earlier.isPresent() ? earlier.get() : pastCache(errand);
        } catch (RetrievalDownException down) {
            return earlier(errand, Cause.RETRIEVAL_DOWN).orElseThrow(() -> down);
        } catch (TimeoutException late) {
            return earlier(errand, Cause.DEADLINE).orElseThrow(() -> nothingInTime(errand));
        }
    }

    private RuntimeException nothingInTime(Errand errand) {
        long deadlineMs = errand.question().deadline().toMillis();
        long wanted = errand.question().minGeneration().orElse(0);
        long reached = generations.current(errand.index()).orElse(0);
        return reached < wanted
                ? new GenerationNotReachedException(("collection '%s' is at generation %d and did not reach"
                                + " min_generation=%d within deadline_ms=%d: try again, or allow more time")
                        .formatted(errand.question().collection(), reached, wanted, deadlineMs))
                : new TooLateException("no answer within deadline_ms=" + deadlineMs + ": allow more time");
    }

    /** The usual way: equal questions at once cost one search, and none where the answer is there. */
    private Obtained throughCache(Errand errand) throws TimeoutException {
        CacheKey.Answer key = key(errand);
        // written by the load while this thread waits for it
        var hits = new CacheUse[] {CacheUse.NONE};
        Load<MadeAnswer> load = cache.get(key, cancellation -> {
            Load<SearchResponse> search = cache.get(key.passages(), _ -> search(errand));
            hits[0] = search.started() ? CacheUse.NONE : CacheUse.RETRIEVAL;
            return make(errand, found(search), cancellation);
        });
        MadeAnswer answer = load.await(errand.patience());
        if (load.started()) {
            return new Obtained(answer, hits[0]);
        }
        errand.clock().lap(Stage.QUEUE);
        return new Obtained(answer, CacheUse.ANSWER);
    }

    /** Where nobody can say whether what is kept is current: a search of its own, the last try, as long as it waits. */
    private Obtained pastCache(Errand errand) throws TimeoutException {
        SearchResponse found = retrieval.searchWithin(
                errand.patience(), errand.tenant(), errand.question().collection(), request(errand.question()));
        generations.searched(errand.index(), found.generation());
        MadeAnswer answer = make(errand, found, new Cancellation());
        CacheKey.Answer key = key(errand);
        cache.keep(key.passages(), found);
        cache.keep(key, answer);
        return new Obtained(answer, CacheUse.NONE);
    }

    private SearchResponse search(Errand errand) {
        ShapedQuestion question = errand.question();
        SearchResponse found = retrieval.search(errand.tenant(), question.collection(), request(question));
        generations.searched(errand.index(), found.generation());
        return found;
    }

    private SearchRequest request(ShapedQuestion question) {
        return retrieval.request(question.question(), question.topK(), question.filter(), question.minGeneration());
    }

    /** A search ends by its own timeout, so waiting for one needs no other bound. */
    private static SearchResponse found(Load<SearchResponse> search) {
        try {
            return search.await(Duration.ofMinutes(10));
        } catch (TimeoutException stuck) {
            throw new IllegalStateException("a search did not end by its timeout", stuck);
        }
    }

    private MadeAnswer make(Errand errand, SearchResponse found, Cancellation cancellation) {
        errand.clock().lap(Stage.RETRIEVE);
        MadeAnswer answer = maker.make(errand, found, cancellation);
        errand.clock().lap(Stage.GENERATE);
        return answer;
    }

    /** The newest answer made earlier that may stand in. */
    private Optional<Obtained> earlier(Errand errand, Cause cause) {
        if (!errand.question().allowDegraded()) {
            return Optional.empty();
        }
        OptionalLong newest = generations.current(errand.index());
        long oldest = errand.question().minGeneration().orElse(0);
        return generations.remembered(errand.index()).stream()
                .filter(generation -> generation >= oldest)
                .flatMap(generation -> cache.find(errand.answerAt(generation)).stream())
                .findFirst()
                .map(answer -> {
                    boolean current = answer.generation() == newest.orElse(-1);
                    var step = new Degraded(current ? "cached" : "stale", cause.wireName());
                    return new Obtained(answer.as(step), CacheUse.ANSWER);
                });
    }

    private CacheKey.Answer key(Errand errand) {
        long generation = Math.max(
                generations.current(errand.index()).orElse(0),
                errand.question().minGeneration().orElse(0));
        return errand.answerAt(generation);
    }

    private AnswerResponse response(Errand errand, Obtained obtained, String requestId, long reservedBytes) {
        MadeAnswer answer = obtained.answer();
        ShapedQuestion question = errand.question();
        @Nullable Degraded degraded = answer.route().degraded();
        int questionTokens = TokenEstimate.of(question.question());
        AnswerResponse.Timings timings = errand.clock().timings();
        var usage = new AnswerResponse.Usage(
                questionTokens + answer.read().tokensRead(), answer.read().tokensWritten(), 0);
        // an answer of the ladder's step "cached" was made earlier, whatever became of the search
        boolean made = obtained.cache() != CacheUse.ANSWER
                && (degraded == null || !degraded.step().equals("cached"));
        return new AnswerResponse(
                answer.text(),
                answer.abstained(),
                answer.citations(),
                new Route(
                        answer.route().tier(),
                        answer.route().model(),
                        answer.route().reason(),
                        degraded == null ? errand.plan().degraded().orElse(null) : degraded),
                new AnswerResponse.Shaping(
                        question.history().turnsDropped(),
                        question.history().turnsCondensed(),
                        answer.read().chunksRetrieved(),
                        answer.read().chunksUsed(),
                        question.tokensBefore() + answer.read().tokensRetrieved(),
                        questionTokens + answer.read().tokensRead(),
                        question.truncated()),
                usage,
                made ? costs.of(timings.total(), answer.route().tier(), usage) : costs.of(timings.total()),
                obtained.cache(),
                answer.generation(),
                timings,
                requestId);
    }
}
